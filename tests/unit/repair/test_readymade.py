from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes.elves import ET_EXEC, ET_REL, X86_64, make_elf
from fakes.wheels import make_wheel
from porter.model import Platform
from porter.repair.readymade import ready_made

AARCH64 = Platform.parse("aarch64", "manylinux2014")
RAW = "demo-1.0-cp39-cp39-linux_aarch64.whl"
PURE = "demo-1.0-py3-none-any.whl"
BPF = 247
SOLVER = make_elf(machine=X86_64, kind=ET_EXEC)


def archive(folder: Path, files: Mapping[str, bytes]) -> Path:
    path = folder / "demo-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        for name, content in files.items():
            info = tarfile.TarInfo(f"demo-1.0/{name}")
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return path


def found(folder: Path, wheel: str, files: Mapping[str, bytes]) -> list[str]:
    """What is data of a wheel with these files, all of which its source has under another name."""
    sdist = archive(folder, {f"src/{number}": file for number, file in enumerate(files.values())})
    return list(ready_made(make_wheel(folder, wheel, files), sdist, AARCH64))


def test_programs_for_other_machines_are_data(tmp_path: Path) -> None:
    files = {"demo/linux/64/cbc": SOLVER, "demo/kernel.bpf.o": make_elf(machine=BPF, kind=ET_REL)}
    assert found(tmp_path, RAW, files) == list(files)


def test_what_the_source_has_not_was_built(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, PURE, {"demo/a": SOLVER, "demo/b": make_elf(machine=BPF)})
    sdist = archive(tmp_path, {"a": SOLVER[:-1] + b"x", "b": make_elf(machine=BPF) + b"x"})
    assert ready_made(wheel, sdist, AARCH64) == {}


@pytest.mark.parametrize(("wheel", "names"), [(RAW, []), (PURE, ["demo/arm64/cbc"])])
def test_what_is_for_the_target_is_repaired_where_the_wheel_is_for_it(
    tmp_path: Path, wheel: str, names: list[str]
) -> None:
    assert found(tmp_path, wheel, {"demo/arm64/cbc": make_elf(kind=ET_EXEC)}) == names


@pytest.mark.parametrize(
    ("name", "content", "data"),
    [
        ("demo/attach_linux_amd64.so", make_elf(machine=X86_64), True),
        ("demo/libthing.so.1", make_elf(machine=X86_64), True),
        ("demo/_a.so", make_elf(machine=X86_64) + b"\0PyInit__a\0", False),
        ("demo/_a.cpython-39-x86_64-linux-gnu.so", make_elf(machine=X86_64), False),
        ("demo/_a.abi3.so", make_elf(machine=X86_64), False),
        ("demo/short", make_elf(machine=X86_64)[:19], False),
        ("demo/damaged", make_elf(machine=X86_64)[:200], False),
    ],
)
def test_modules_and_damaged_files_are_no_data(
    tmp_path: Path, name: str, content: bytes, *, data: bool
) -> None:
    assert found(tmp_path, RAW, {name: content}) == [name] * data


def test_a_source_that_cannot_be_read_shows_nothing(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, PURE, {"demo/a": SOLVER})
    sdist = tmp_path / "demo-1.0.zip"
    sdist.write_bytes(b"PK no archive")
    assert ready_made(wheel, sdist, AARCH64) == {}


def test_a_zipped_source_is_read_too(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, PURE, {"demo/a": SOLVER})
    with zipfile.ZipFile(tmp_path / "demo-1.0.zip", "w") as made:
        made.writestr("demo-1.0/solver", SOLVER)
    assert list(ready_made(wheel, tmp_path / "demo-1.0.zip", AARCH64)) == ["demo/a"]
