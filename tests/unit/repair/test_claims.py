from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fakes.elves import make_elf
from fakes.wheels import make_wheel
from porter.environment import open_wheel
from porter.model import ARCHITECTURES
from porter.repair.claims import without_claims
from porter.repair.tags import restated

AARCH64 = ARCHITECTURES["aarch64"]
PLAIN = "demo-1.0-cp311-cp311-linux_aarch64.whl"
FILES: dict[str, bytes | str] = {"a.so": make_elf(), "b.py": "x = 1"}


def test_a_wheel_that_claims_nothing_is_left_alone(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, PLAIN, FILES)
    assert without_claims(wheel, AARCH64, tmp_path / "work") == wheel


@pytest.mark.parametrize(
    "platforms",
    [
        "manylinux_2_36_aarch64",
        "manylinux2014_aarch64.manylinux_2_17_aarch64",
        "linux_aarch64.manylinux_2_36_aarch64",
    ],
)
def test_the_name_and_the_metadata_of_a_copy_claim_nothing(tmp_path: Path, platforms: str) -> None:
    wheel = make_wheel(tmp_path, PLAIN.replace("linux_aarch64", platforms), FILES)
    work = tmp_path / "work"
    work.mkdir()
    copy = without_claims(wheel, AARCH64, work)
    assert copy == work / PLAIN
    with open_wheel(copy) as (archive, contents), zipfile.ZipFile(wheel) as raw:
        assert archive.read("a.so") == raw.read("a.so")
        assert contents.names == tuple(raw.namelist())
        stated = archive.read("demo-1.0.dist-info/WHEEL").decode()
    assert stated.splitlines()[2:] == ["Tag: cp311-cp311-linux_aarch64"]


def test_every_interpreter_keeps_its_tag(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo-1.0-cp36-abi3-manylinux_2_36_aarch64.whl", FILES)
    (tmp_path / "work").mkdir()
    copy = without_claims(wheel, AARCH64, tmp_path / "work")
    assert copy.name == "demo-1.0-cp36-abi3-linux_aarch64.whl"


def test_as_many_tags_as_there_may_be_are_read_once() -> None:
    tags = b"".join(b"Tag: cp39-abi%d-any\nBuild: 1\n" % number for number in range(20_000))
    stated = restated(tags * 2, lambda *tag: "-".join(tag))
    assert stated == tags + b"Build: 1\n" * 20_000
