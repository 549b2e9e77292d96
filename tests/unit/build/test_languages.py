from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from porter.build import languages, written_with

PRAGMA = "#pragma omp parallel for"
FLAG = "Extension('p', ['p.c'], extra_compile_args=['-fopenmp'])"
ARCHIVES = pytest.mark.parametrize("archive", ["p-1.tar.gz", "p-1.zip"])


def sdist(path: Path, texts: Mapping[str, str]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            for name, text in texts.items():
                zipped.writestr(f"p-1/{name}", text)
    else:
        with tarfile.open(path, "w:gz") as tarred:
            for name, text in texts.items():
                member = tarfile.TarInfo(f"p-1/{name}")
                member.size = len(text)
                tarred.addfile(member, io.BytesIO(text.encode()))
    return path


@ARCHIVES
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("src/dop853.f", True),
        ("p/_solve.F90", True),
        ("p/core.pyf", True),
        ("p/core.c", False),
        ("p/tests/src/foo.f90", False),
        ("p/f2py/src/test/bar.f", False),
        ("vendored/test cases/main.f90", False),
        ("doc/source/fib1.f", False),
        ("p/testing.f", True),
        ("p/latest/x.f", True),
    ],
)
def test_fortran_that_a_build_compiles_is_seen_by_its_name(
    tmp_path: Path, archive: str, name: str, *, expected: bool
) -> None:
    assert written_with(sdist(tmp_path / archive, {"setup.py": "", name: ""})).fortran is expected


def test_the_name_of_the_archive_itself_does_not_count(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "tests-1.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("tests-1/a.f"), io.BytesIO())
    assert written_with(tmp_path / "tests-1.tar.gz").fortran


@ARCHIVES
def test_a_damaged_archive_is_left_to_who_unpacks_it(tmp_path: Path, archive: str) -> None:
    (tmp_path / archive).write_bytes(b"no archive")
    assert not written_with(tmp_path / archive).fortran
    assert not written_with(tmp_path / archive).openmp


@ARCHIVES
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p/core.c", f"void f() {{\n  {PRAGMA}\n}}"),
        ("p/core.hpp", "#  pragma  omp simd"),
        ("p/core.cc", "#ifdef _OPENMP\n#include <omp.h>\n#endif"),
        ("p/core.pyx", "from cython.parallel import prange"),
        ("p/core.pyx", "cimport openmp"),
        ("p/core.c.mako", PRAGMA),
        ("p/core.f90", "!$OMP PARALLEL DO"),
        ("p/core.F", "c$omp parallel do"),
    ],
)
def test_openmp_is_what_code_is_written_for_and_the_build_asks_for(
    tmp_path: Path, archive: str, name: str, text: str
) -> None:
    assert written_with(sdist(tmp_path / archive, {name: text, "setup.py": FLAG})).openmp
    assert written_with(sdist(tmp_path / archive, {"setup.py": FLAG, name: text})).openmp
    assert not written_with(sdist(tmp_path / archive, {"setup.py": "", name: text})).openmp


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("setup.py", FLAG),
        ("setup.py", "Extension('p', ['p.c'], libraries=['gomp'])"),
        ("setup.py", "extra_link_args=['-Xpreprocessor', '-lomp']"),
        ("setup.py", "add_openmp_flags_if_available(extension)"),
        ("p/core.pyx", "# distutils: extra_compile_args = -fopenmp"),
        ("CMakeLists.txt", "find_package( OpenMP REQUIRED)"),
        ("cmake/Threads.cmake", "FIND_PACKAGE(OpenMP)"),
        ("meson.build", "omp = dependency('openmp', required: false)"),
        ("configure.ac", "AC_OPENMP"),
        ("src/Makefile", "CFLAGS += -fopenmp"),
    ],
)
def test_openmp_is_asked_for_in_many_ways(tmp_path: Path, name: str, text: str) -> None:
    assert written_with(sdist(tmp_path / "p-1.tar.gz", {name: text, "p/core.c": PRAGMA})).openmp
    assert not written_with(sdist(tmp_path / "p-1.tar.gz", {name: text, "p/core.c": ""})).openmp


@pytest.mark.parametrize(
    ("code", "build"),
    [
        ("p/core.c", "README.rst"),
        ("README.md", "setup.py"),
        ("p/tests/core.c", "setup.py"),
        ("p/core.c", "examples/setup.py"),
        ("p/core.c", "docs/conf.py"),
    ],
)
def test_openmp_beside_what_is_built_does_not_count(tmp_path: Path, code: str, build: str) -> None:
    assert not written_with(sdist(tmp_path / "p-1.tar.gz", {code: PRAGMA, build: FLAG})).openmp


def test_words_that_only_look_like_openmp_do_not_count(tmp_path: Path) -> None:
    texts = {"p/core.c": "#pragma omplet\n#include <omp_things.h>", "setup.py": FLAG}
    assert not written_with(sdist(tmp_path / "p-1.tar.gz", texts)).openmp
    texts = {"p/core.c": PRAGMA, "setup.py": "no OpenMP; algomp -fopenmp-simd"}
    assert not written_with(sdist(tmp_path / "p-1.tar.gz", texts)).openmp


def test_little_is_read_of_a_large_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "MOST_OF_A_FILE", 100)
    monkeypatch.setattr(languages, "MOST_OF_A_SOURCE", 250)
    late = {"a.c": " " * 100 + PRAGMA, "setup.py": FLAG}
    assert not written_with(sdist(tmp_path / "p-1.tar.gz", late)).openmp
    behind = {"a.c": " " * 100, "b.c": " " * 100, "c.c": " " * 100, "d.c": PRAGMA}
    assert not written_with(sdist(tmp_path / "p-1.tar.gz", {**behind, "setup.py": FLAG})).openmp
    assert written_with(
        sdist(tmp_path / "p-1.tar.gz", {"setup.py": FLAG, "d.c": PRAGMA, **behind})
    ).openmp
