"""LLVM's OpenMP library in the toolchain: found, and the wrapper's flags for it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM, add_openmp, make_tools
from fakes.wrapper import Call, caller, install
from porter.errors import ImageError
from porter.model import ARCHITECTURES
from porter.toolchain import Apart, openmp_packages
from porter.toolchain.flags import OpenMpFiles, Target
from porter.toolchain.fortran import fortran_files
from porter.toolchain.openmp import library_folder, openmp_files

RUNTIME = "/porter/toolchain/runtime/lib"
FILES = OpenMpFiles("/porter/toolchain/openmp/include", "/porter/toolchain/openmp/lib")


@pytest.fixture(scope="session")
def call(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Call:
    there = dataclasses.replace(target, openmp=FILES)
    return caller(install(tmp_path_factory.mktemp("openmp"), there))


@pytest.fixture(scope="session")
def call_without(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Call:
    return caller(install(tmp_path_factory.mktemp("without"), target))


@pytest.fixture(scope="session")
def call_fortran(tmp_path_factory: pytest.TempPathFactory, target: Target) -> Call:
    tools = make_tools(tmp_path_factory.mktemp("tools"))
    fortran = fortran_files(Apart(tools, "sha256:f"), PLATFORM.arch)
    there = dataclasses.replace(target, openmp=FILES, fortran=fortran)
    return caller(install(tmp_path_factory.mktemp("both"), there))


@pytest.mark.parametrize("headers", ["include/openmp", "lib/clang/19/include"])
def test_the_newest_whole_one_is_found(tmp_path: Path, headers: str) -> None:
    root = add_openmp(add_openmp(tmp_path, "11", headers=headers), "9", headers=headers)
    openmp = Apart(root, "sha256:o")
    assert openmp_files(openmp) == OpenMpFiles(
        f"/porter/toolchain/openmp/usr/lib/llvm-11/{headers}",
        "/porter/toolchain/openmp/usr/lib/llvm-11/lib",
    )
    assert library_folder(openmp) == root / "usr/lib/llvm-11/lib"
    (root / "usr/lib/llvm-11/lib/libomp.so.5").unlink()
    assert library_folder(openmp) == root / "usr/lib/llvm-9/lib"


def test_a_root_without_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="has no libomp"):
        openmp_files(Apart(tmp_path, "sha256:o"))


def test_debian_has_it_for_most_architectures() -> None:
    without = {name for name, arch in ARCHITECTURES.items() if not openmp_packages(arch)}
    assert without == {"s390x"}


@pytest.mark.parametrize("flag", ["-fopenmp", "-fopenmp=libomp", "-fopenmp=libgomp"])
def test_it_is_linked_after_all_that_asks_for_it(call: Call, flag: str) -> None:
    compiled = call("cc", flag, "-c", "a.c")
    assert {"-fopenmp", "-fopenmp-version=50"} <= set(compiled)
    assert "-lomp" not in compiled
    linked = call("cc", "-shared", flag, "a.o", "-lm", "-o", "a.so")
    assert linked.index("a.o") < linked.index("-lm") < linked.index("-lomp")
    assert linked.index("-lomp") < linked.index(f"-L{FILES.libraries}")
    assert linked.index("-lomp") < linked.index(f"-Wl,--no-as-needed,{RUNTIME}/libc.so,--as-needed")
    assert "-lomp" not in call("cc", flag, "-fno-openmp", "a.c")
    assert "-lomp" not in call("cc", "a.c")


def test_its_header_comes_after_all_others(call: Call) -> None:
    for name in ("a.c", "a.cpp"):
        assert call("cc", "-c", name)[-2:] == ["-idirafter", FILES.headers]


def test_gccs_and_intels_libraries_are_replaced_by_it(call: Call) -> None:
    for library in ("gomp", "omp", "iomp5"):
        for words in ((f"-l{library}",), ("-l", library)):
            said = call("cc", "-shared", "a.o", *words, "-lm")
            assert [word for word in said if "omp" in word and word.startswith("-l")] == ["-lomp"]


def test_programs_that_a_build_tries_out_find_it(call: Call) -> None:
    path = f"-Wl,-rpath,{FILES.libraries}"
    assert path in call("cc", "-fopenmp", "a.c", "-o", "a")
    assert path not in call("cc", "a.c", "-o", "a")
    assert path not in call("cc", "-fopenmp", "-shared", "a.c", "-o", "a.so")


def test_build_systems_learn_where_it_lies(call: Call) -> None:
    _, libraries = call("cc", "-print-search-dirs")
    assert libraries.split(":")[-1] == FILES.libraries


def test_what_gfortran_compiles_shares_it(call_fortran: Call) -> None:
    said = call_fortran("gfortran", "-fopenmp=libomp", "-c", "a.f90")
    assert "-fopenmp" in said
    assert not [word for word in said if word.startswith("-fopenmp=") or "version" in word]
    linked = call_fortran("fortran/collect2", "-shared", "-o", "a.so", "a.o", "-lgomp")
    assert linked == call_fortran("gcc", "-shared", "-o", "a.so", "a.o", "-lomp")
    assert "-lomp" in call_fortran("gfortran", "a.f90", "-lgomp", "-o", "a")


def test_without_it_openmp_is_not_promised(call_without: Call) -> None:
    linked = call_without("cc", "-shared", "-fopenmp", "a.o", "-lgomp")
    assert "-lgomp" in linked
    assert "-lomp" not in linked


def test_directives_for_one_thread_need_no_library(call: Call) -> None:
    said = call("cc", "-fopenmp-simd", "-shared", "a.c")
    assert "-fopenmp-simd" in said
    assert "-lomp" not in said
