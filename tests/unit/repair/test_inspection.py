from __future__ import annotations

from pathlib import Path

import pytest

from fakes.elves import AARCH64, ET_REL, X86_64, Symbol, make_elf
from fakes.wheels import make_wheel
from porter.model import Platform
from porter.repair.glibc import Exports
from porter.repair.inspection import Inspection, inspect

RAW = "demo-1.0-cp39-cp39-linux_aarch64.whl"


def found(tmp_path: Path, file: bytes, arch: str = "aarch64") -> Inspection:
    wheel = make_wheel(tmp_path, RAW, {"demo/a.so": file})
    platform = Platform.parse(arch, "manylinux2014")
    return inspect(wheel, platform=platform, exports=Exports.known(), work=tmp_path)


@pytest.mark.parametrize(
    ("runpath", "unsafe", "stray"),
    [
        ("$ORIGIN/../demo.libs", False, False),
        ("${ORIGIN}", False, False),
        ("/usr/lib/aarch64-linux-gnu/hdf5/serial", False, True),
        ("/tmp/build/lib", True, False),
        ("lib", True, False),
        ("$ORIGIN:", True, False),
        ("$ORIGINAL/lib", True, False),
        ("//tmp/build", True, False),
        ("/tmp", True, False),
        ("$ORIGIN/../../../../var/tmp/lib", True, False),
        ("$ORIGIN/../../lib", False, True),
    ],
)
def test_search_paths(tmp_path: Path, runpath: str, *, unsafe: bool, stray: bool) -> None:
    result = found(tmp_path, make_elf(runpath=runpath))
    assert (bool(result.unsafe), bool(result.strays)) == (unsafe, stray)
    assert result.problems == ()


def test_what_is_newer_than_the_policy_stands_apart(tmp_path: Path) -> None:
    file = make_elf(
        dynamic=[Symbol("pow", defined=False, version=2)],
        required={2: ("libm.so.6", "GLIBC_2.29")},
    )
    result = found(tmp_path, file)
    assert result.problems == ()
    assert result.newer == (
        "demo/a.so: needs pow@GLIBC_2.29 of libm.so.6, newer than manylinux2014 has",
    )


@pytest.mark.parametrize(
    ("arch", "machine", "newer"), [("aarch64", 183, False), ("x86_64", 62, True)]
)
def test_a_version_that_the_policy_lists_beside_its_own_is_not_newer(
    tmp_path: Path, arch: str, machine: int, *, newer: bool
) -> None:
    file = make_elf(
        machine=machine,
        dynamic=[Symbol("__cxa_thread_atexit_impl", defined=False, version=2)],
        required={2: ("libc.so.6", "GLIBC_2.18")},
    )
    assert bool(found(tmp_path, file, arch).newer) is newer


@pytest.mark.parametrize(
    ("arch", "machine", "refused"), [("aarch64", 183, True), ("x86_64", 62, False)]
)
def test_pages_are_as_large_as_the_architecture_has_them(
    tmp_path: Path, arch: str, machine: int, *, refused: bool
) -> None:
    result = found(tmp_path, make_elf(machine=machine, load=(0, 0, 0x1000)), arch)
    assert bool(result.problems) is refused


def test_a_static_library_is_told_once_for_each_foreign_machine(tmp_path: Path) -> None:
    parts = ((X86_64, "a.o"), (AARCH64, "b.o"), (X86_64, "c.o"), (247, "d.o"))
    members = [
        f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{20:<10}`\n".encode()
        + make_elf(kind=ET_REL, machine=machine)[:20]
        for machine, name in parts
    ]
    problems = found(tmp_path, b"!<arch>\n" + b"".join(members)).problems
    assert [problem.partition(":")[0] for problem in problems] == [
        "demo/a.so(a.o)",
        "demo/a.so(d.o)",
    ]
