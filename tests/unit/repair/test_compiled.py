from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fakes.elves import make_elf
from fakes.wheels import make_wheel
from porter.environment import read_wheel
from porter.model import ARCHITECTURES
from porter.repair.compiled import compiled_part
from porter.repair.tags import restated

AARCH64 = ARCHITECTURES["aarch64"]
INFO = "demo-1.0.dist-info"
PLAIN = "demo-1.0-cp311-cp311-linux_aarch64.whl"
FILES: dict[str, bytes | str] = {"a.so": make_elf(), "b.py": "x = 1"}


def part(wheel: Path, work: Path) -> Path:
    work.mkdir()
    return compiled_part(wheel, {"a.so"}, AARCH64, work)


@pytest.mark.parametrize(
    "platforms",
    [
        "linux_aarch64",
        "manylinux_2_36_aarch64",
        "manylinux2014_aarch64.manylinux_2_17_aarch64",
        "linux_aarch64.manylinux_2_36_aarch64",
    ],
)
def test_the_name_and_the_metadata_claim_nothing(tmp_path: Path, platforms: str) -> None:
    wheel = make_wheel(tmp_path, PLAIN.replace("linux_aarch64", platforms), FILES)
    made = part(wheel, tmp_path / "work")
    assert made == tmp_path / "work" / PLAIN
    contents = read_wheel(made)  # every hash of its RECORD agrees, and all it lists is there
    assert contents.names == (
        "a.so",
        *(f"{INFO}/{name}" for name in ("METADATA", "WHEEL", "RECORD")),
    )
    with zipfile.ZipFile(made) as archive:
        assert archive.read("a.so") == FILES["a.so"]
        stated = archive.read(f"{INFO}/WHEEL").decode()
    assert stated.splitlines()[2:] == ["Tag: cp311-cp311-linux_aarch64"]


def test_every_interpreter_keeps_its_tag(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo-1.0-cp36-abi3-manylinux_2_36_aarch64.whl", FILES)
    assert part(wheel, tmp_path / "work").name == "demo-1.0-cp36-abi3-linux_aarch64.whl"


def test_as_many_tags_as_there_may_be_are_read_once() -> None:
    tags = b"".join(b"Tag: cp39-abi%d-any\nBuild: 1\n" % number for number in range(20_000))
    stated = restated(tags * 2, lambda *tag: "-".join(tag))
    assert stated == tags + b"Build: 1\n" * 20_000
