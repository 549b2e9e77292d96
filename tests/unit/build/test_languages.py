from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from porter.build import has_fortran


def sdist(path: Path, *names: str) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as zipped:
            for name in names:
                zipped.writestr(f"p-1/{name}", "")
    else:
        with tarfile.open(path, "w:gz") as tarred:
            for name in names:
                tarred.addfile(tarfile.TarInfo(f"p-1/{name}"), io.BytesIO())
    return path


@pytest.mark.parametrize("archive", ["p-1.tar.gz", "p-1.zip"])
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
    assert has_fortran(sdist(tmp_path / archive, "setup.py", name)) is expected


def test_the_name_of_the_archive_itself_does_not_count(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "tests-1.tar.gz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("tests-1/a.f"), io.BytesIO())
    assert has_fortran(tmp_path / "tests-1.tar.gz")


@pytest.mark.parametrize("archive", ["p-1.tar.gz", "p-1.zip"])
def test_a_damaged_archive_is_left_to_who_unpacks_it(tmp_path: Path, archive: str) -> None:
    (tmp_path / archive).write_bytes(b"no archive")
    assert not has_fortran(tmp_path / archive)
