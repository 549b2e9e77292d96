from __future__ import annotations

from pathlib import Path

import pytest

from fakes.elves import Symbol, make_elf
from porter.model import Platform
from porter.repair.glibc import Exports, find_library, library_folders

MANYLINUX2014 = Platform.parse("aarch64", "manylinux2014")
ALL = Exports(
    frozenset({"logl", "sincos", "gamma", "j0", "lgamma_r", "__exp_finite"}),
    frozenset({"memcpy", "strlen", "vsnprintf", "__memcpy_chk", "getopt", "malloc", "atexit"}),
)


@pytest.mark.parametrize(
    ("name", "refused", "suspicious"),
    [
        ("logl", True, False),
        ("sincos", True, False),
        ("__exp_finite", True, False),
        ("gamma", False, True),
        ("lgamma_r", False, True),
        ("memcpy", True, False),
        ("strlen", True, False),
        ("vsnprintf", True, False),
        ("__memcpy_chk", True, False),
        ("getopt", False, True),
        ("malloc", False, True),
        ("atexit", False, False),
        ("npy_logl", False, False),
        ("strlcpy", False, False),
    ],
)
def test_names_of_the_c_library(name: str, *, refused: bool, suspicious: bool) -> None:
    defined = frozenset({name})
    assert (ALL.refused(defined) == [name]) is refused
    assert (ALL.suspicious(defined) == [name]) is suspicious


def test_what_a_zig_build_is_known_for_is_known_without_a_sysroot() -> None:
    shadowed = frozenset(
        ["logl", "expl", "sqrtl", "sinl", "cosl", "fmal", "log10f", "round", "memcpy", "strlen"]
    )
    assert Exports.known().refused(shadowed) == sorted(shadowed)


def test_the_sysroots_own_libraries_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "lib/aarch64-linux-gnu"
    folder.mkdir(parents=True)
    provided = {2: "GLIBC_2.17", 3: "GLIBC_2.38"}
    (folder / "libm.so.6").write_bytes(
        make_elf(dynamic=[Symbol("logl", version=2)], provided=provided)
    )
    (folder / "libc.so.6").write_bytes(
        make_elf(dynamic=[Symbol("strlcpy", version=3)], provided=provided)
    )
    folders = library_folders(tmp_path, "aarch64-linux-gnu")
    libm, libc = (find_library(folders, name, tmp_path) for name in ("libm.so.6", "libc.so.6"))
    assert libm is not None
    assert libc is not None
    assert Exports.of(libm, libc, MANYLINUX2014) == Exports(frozenset({"logl"}), frozenset())


def test_library_folders_of_debian_and_red_hat(tmp_path: Path) -> None:
    for folder in ("usr/lib/aarch64-linux-gnu", "usr/lib64", "opt/own/lib", "etc/ld.so.conf.d"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "opt/rh/gcc-toolset/root/usr/lib64").mkdir(parents=True)
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "lib64").symlink_to("/lib64")
    (tmp_path / "etc/ld.so.conf.d/own.conf").write_text("# ours\n/opt/own/lib # here\ninclude x\n")
    found = [
        str(path.relative_to(tmp_path.resolve()))
        for path in library_folders(tmp_path, "aarch64-linux-gnu")
    ]
    assert found == [
        "usr/lib/aarch64-linux-gnu",
        "usr/lib64",
        "usr/lib",
        "opt/own/lib",
        "opt/rh/gcc-toolset/root/usr/lib64",
    ]


def test_a_library_of_this_machine_is_not_the_sysroots(tmp_path: Path) -> None:
    outside = tmp_path / "libm.so.6"
    outside.touch()
    sysroot = tmp_path / "root"
    (sysroot / "lib").mkdir(parents=True)
    (sysroot / "lib/libm.so.6").symlink_to(outside)
    folders = library_folders(sysroot, "aarch64-linux-gnu")
    assert find_library(folders, "libm.so.6", sysroot) is None
