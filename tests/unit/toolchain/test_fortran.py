"""gfortran in the toolchain: the wrapper compiled, a printer for its loader and compiler."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM, make_tools
from fakes.wrapper import Call, caller, install
from porter.errors import ImageError
from porter.model import Interpreter
from porter.toolchain import Apart, fortran_packages, systems
from porter.toolchain.flags import Target
from porter.toolchain.fortran import fortran_files

GCC = "/porter/sysroot/usr/lib/gcc/aarch64-linux-gnu/10"
TOOLS = "/porter/toolchain/gcc"
LIBRARIES = ":".join(
    f"{TOOLS}{folder}"
    for folder in ("/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib", "/usr/lib")
)
START = ["--library-path", LIBRARIES]


@pytest.fixture(scope="session")
def tools_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tools(tmp_path_factory.mktemp("tools"))


@pytest.fixture(scope="session")
def call(tmp_path_factory: pytest.TempPathFactory, target: Target, tools_root: Path) -> Call:
    files = fortran_files(Apart(tools_root, "sha256:f"), PLATFORM.arch)
    there = dataclasses.replace(target, fortran=files)
    return caller(install(tmp_path_factory.mktemp("fortran"), there))


def test_the_programs_are_found_and_run_by_their_own_loader(tools_root: Path) -> None:
    files = fortran_files(Apart(tools_root, "sha256:f"), PLATFORM.arch)
    assert files.loader == f"{TOOLS}/lib64/ld-linux-x86-64.so.2"
    assert files.f951 == f"{TOOLS}/usr/lib/gcc-cross/aarch64-linux-gnu/10/f951"
    assert files.driver == f"{TOOLS}/usr/bin/aarch64-linux-gnu-gfortran"
    assert ":".join(files.libraries) == LIBRARIES


def test_a_root_without_the_compiler_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="has no gfortran for aarch64"):
        fortran_files(Apart(tmp_path, "sha256:f"), PLATFORM.arch)
    assert fortran_packages(PLATFORM.arch) == ("gfortran-aarch64-linux-gnu",)


@pytest.mark.parametrize("name", ["gfortran", "f77", "f95", "aarch64-linux-gnu-gfortran"])
def test_sources_are_compiled_by_gfortran(call: Call, name: str) -> None:
    said = call(name, "-O3", "-g", "-march=native", "-I/usr/include/x", "-c", "a.f", "-o", "a.o")
    assert said[:3] == [*START, f"{TOOLS}/usr/bin/aarch64-linux-gnu-gfortran"]
    assert "-B/porter/toolchain/bin/fortran/" in said
    assert "-fPIC" in said
    assert not {"-g", "-march=native"} & set(said)
    assert said[said.index("-I") + 1] == "/porter/sysroot/usr/include/x"
    assert "-lgfortran" not in said


def test_options_of_gcc_alone_are_gfortrans_too(call: Call) -> None:
    assert "-fno-ipa-sra" in call("gfortran", "-fno-ipa-sra", "-c", "a.f")


@pytest.mark.parametrize("question", ["--version", "-dumpversion", "-v"])
def test_questions_about_itself_are_gfortrans(call: Call, question: str) -> None:
    said = call("gfortran", question)
    assert question in said
    assert said[2].endswith("gfortran")


@pytest.mark.parametrize("name", ["gfortran", "gcc", "g++"])
def test_questions_about_the_runtime_are_answered_for_the_target(call: Call, name: str) -> None:
    assert call(name, "-print-libgcc-file-name") == [f"{GCC}/libgcc.a"]
    assert call(name, "-print-file-name=libnone.a") == ["libnone.a"]


def test_objects_are_linked_as_all_others_are_with_its_library(call: Call) -> None:
    said = call("gfortran", "-shared", "a.o", "-lopenblas", "-o", "a.so")
    linked = call("gcc", "-shared", "a.o", "-lopenblas", "-o", "a.so", "-lgfortran", "-lm")
    assert said == linked
    assert f"-L{GCC}" in said


def test_what_is_compiled_and_linked_at_once_comes_back_to_the_wrapper(call: Call) -> None:
    said = call("gfortran", "a.f90", "-o", "a")
    assert said[-4:] == ["-nostdlib", "-I/porter/sysroot/usr/include", "-lgfortran", "-lm"]


def test_the_link_gfortran_asks_for_is_the_wrappers_own(call: Call) -> None:
    said = call(
        *("fortran/collect2", "-plugin", "/x/liblto_plugin.so", "-plugin-opt=-fresolution=x.res"),
        *("--sysroot=/", "-dynamic-linker", "/lib/ld.so", "-X", "-EL", "-maarch64linux", "-pie"),
        *("-o", "a", f"-L{TOOLS}/usr/lib/gcc-cross/aarch64-linux-gnu/10", "-L/porter/work/lib"),
        *("-soname", "a.so", "/tmp/cc1.o", "-lgfortran", "-lm", "--as-needed"),
    )
    words = ("-o", "a", "-L", "/porter/work/lib", "-Xlinker", "-soname", "-Xlinker", "a.so")
    assert said == call("gcc", *words, "/tmp/cc1.o", "-lgfortran", "-lm", "-Xlinker", "--as-needed")


def test_its_parts_are_those_of_its_own_root(call: Call) -> None:
    assert call("fortran/f951", "a.f") == [
        *(*START, f"{TOOLS}/usr/lib/gcc-cross/aarch64-linux-gnu/10/f951", "a.f")
    ]
    assert call("fortran/as", "a.s")[2] == f"{TOOLS}/usr/bin/aarch64-linux-gnu-as"


def test_cmake_is_told_of_it_where_there_is_one() -> None:
    cp39 = Interpreter.parse("3.9")
    texts = [
        systems.texts(cp39, PLATFORM, has_fortran=there)["toolchain.cmake"]
        for there in (True, False)
    ]
    assert ["CMAKE_Fortran_COMPILER" in text for text in texts] == [True, False]
