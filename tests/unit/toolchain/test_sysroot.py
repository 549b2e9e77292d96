from __future__ import annotations

from pathlib import Path

import pytest

from fakes.sysroot import GCC, PLATFORM, make_sysroot
from porter.errors import ImageError
from porter.model import Interpreter, Platform
from porter.toolchain.sysroot import inside, library_folder, python_headers, system_files

TRIPLE = PLATFORM.arch.triple


def test_absolute_links_stay_inside(sysroot: Path) -> None:
    (sysroot / "usr/lib/etc").symlink_to("/usr/lib/gcc")
    (sysroot / "usr/lib/up").symlink_to("/../../../usr")
    assert inside(sysroot, f"/usr/lib/etc/{TRIPLE}/10/libgcc.a") == sysroot / GCC / "libgcc.a"
    assert inside(sysroot, "/usr/lib/up") == sysroot / "usr"
    assert inside(sysroot, "/../../usr") == sysroot / "usr"


def test_a_loop_of_links_leads_nowhere(sysroot: Path) -> None:
    (sysroot / "a").symlink_to("b")
    (sysroot / "b").symlink_to("a")
    assert inside(sysroot, "/a/x") is None
    assert inside(sysroot, "/nothing") is None


def test_finds_gccs_runtime_and_the_library_folders(sysroot: Path) -> None:
    files = system_files(sysroot, PLATFORM)
    assert files.libgcc == f"/{GCC}/libgcc.a"
    assert files.begin == f"/{GCC}/crtbeginS.o"
    assert files.libgcc_s == f"/usr/lib/{TRIPLE}/libgcc_s.so.1"
    assert f"/usr/lib/{TRIPLE}" in files.library_folders
    assert "/usr/lib64" not in files.library_folders


def test_libraries_lie_where_the_distribution_puts_them(sysroot: Path, tmp_path: Path) -> None:
    assert library_folder(sysroot, PLATFORM) == f"/usr/lib/{TRIPLE}"
    (tmp_path / "el/usr/lib64").mkdir(parents=True)
    assert library_folder(tmp_path / "el", PLATFORM) == "/usr/lib64"


def test_takes_the_newest_gcc(sysroot: Path) -> None:
    newer = sysroot / "opt/rh/devtoolset-10/root/usr/lib/gcc/aarch64-redhat-linux/12"
    newer.mkdir(parents=True)
    for name in ("libgcc.a", "crtbeginS.o", "crtendS.o"):
        (newer / name).touch()
    assert system_files(sysroot, PLATFORM).libgcc.startswith("/opt/rh/devtoolset-10/")


@pytest.mark.parametrize(
    ("gone", "said"),
    [(f"{GCC}/libgcc.a", "has no gcc"), (f"usr/lib/{TRIPLE}/libgcc_s.so.1", "libgcc_s.so.1")],
)
def test_says_what_is_missing(sysroot: Path, gone: str, said: str) -> None:
    (sysroot / gone).unlink()
    with pytest.raises(ImageError, match=said):
        system_files(sysroot, PLATFORM)


def test_another_architectures_gcc_does_not_do(sysroot: Path) -> None:
    with pytest.raises(ImageError):
        system_files(sysroot, Platform.parse("ppc64le", "manylinux2014"))


def test_headers_in_debians_layout_get_their_own_pyconfig(tmp_path: Path) -> None:
    root = make_sysroot(tmp_path / "root", python="3.9")
    headers = python_headers(root, Interpreter.parse("3.9"), TRIPLE)
    assert headers is not None
    assert "SIZEOF_LONG" in headers["pyconfig.h"]
    assert python_headers(root, Interpreter.parse("3.11"), TRIPLE) is None


def test_headers_in_a_manylinux_image_are_behind_an_absolute_link(sysroot: Path) -> None:
    real = sysroot / "opt/_internal/cpython-3.7.17/include/python3.7m"
    real.mkdir(parents=True)
    (real / "Python.h").touch()
    (real / "pyconfig.h").write_text("#define X 1\n")
    (sysroot / "opt/python").mkdir()
    (sysroot / "opt/python/cp37-cp37m").symlink_to("/opt/_internal/cpython-3.7.17")
    headers = python_headers(sysroot, Interpreter.parse("3.7"), TRIPLE)
    assert headers == {"Python.h": "", "pyconfig.h": "#define X 1\n"}


@pytest.mark.parametrize("own", ["aarch64-linux-gnu/c++/10", "c++/10/aarch64-linux-gnu"])
def test_gccs_cxx_library_lies_with_its_gcc(tmp_path: Path, own: str) -> None:
    root = make_sysroot(tmp_path)
    assert system_files(root, PLATFORM).cxx is None
    config = root / "usr/include" / own / "bits/c++config.h"
    config.parent.mkdir(parents=True)
    config.touch()
    assert system_files(root, PLATFORM).cxx is None
    (root / GCC / "libstdc++.a").touch()
    found = system_files(root, PLATFORM).cxx
    assert found is not None
    assert found.archive == f"/{GCC}/libstdc++.a"
    assert found.folders == (
        "/usr/include/c++/10",
        f"/usr/include/{own}",
        "/usr/include/c++/10/backward",
    )
