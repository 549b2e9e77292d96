from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from fakes.elves import X86_64, make_elf
from fakes.wheels import make_wheel
from porter.environment import read_wheel
from porter.model import ARCHITECTURES
from porter.repair.suffixes import with_own_suffixes

AARCH64 = ARCHITECTURES["aarch64"]
NAME = "demo-1.0-cp39-cp39-linux_aarch64.whl"


@pytest.mark.parametrize("abi", ["cpython-39", "cpython-37m"])
def test_a_module_for_the_target_is_named_for_it(tmp_path: Path, abi: str) -> None:
    code = make_elf()
    files: dict[str, bytes | str] = {f"pkg/_a.{abi}-x86_64-linux-gnu.so": code, "pkg/b.py": "x = 1"}
    wheel = make_wheel(tmp_path, NAME, files)
    copy = with_own_suffixes(wheel, AARCH64, tmp_path)
    assert copy.name == NAME
    contents = read_wheel(copy)  # its RECORD tells of the new name
    with zipfile.ZipFile(copy) as archive:
        assert contents.names[:2] == (f"pkg/_a.{abi}-aarch64-linux-gnu.so", "pkg/b.py")
        assert archive.read(contents.names[0]) == code
        assert archive.read("pkg/b.py") == b"x = 1"


@pytest.mark.parametrize(
    "files",
    [
        {"a.cpython-39-aarch64-linux-gnu.so": make_elf()},
        {"a.abi3.so": make_elf(), "libx86_64-linux-gnu.so": make_elf()},
        {"a.cpython-39-x86_64-linux-gnu.so": make_elf(machine=X86_64)},
        {"a.cpython-39-x86_64-linux-gnu.so": b"no library"},
        {
            "a.cpython-39-x86_64-linux-gnu.so": make_elf(),
            "a.cpython-39-aarch64-linux-gnu.so": make_elf(),
        },
    ],
)
def test_all_else_keeps_its_name(tmp_path: Path, files: dict[str, bytes | str]) -> None:
    wheel = make_wheel(tmp_path, NAME, files)
    assert with_own_suffixes(wheel, AARCH64, tmp_path / "work") == wheel
