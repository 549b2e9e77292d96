from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from fakes.elves import make_elf
from fakes.wheels import make_wheel
from porter.errors import StepFailed
from porter.repair import searchpaths
from porter.repair.elf import search_paths
from porter.repair.searchpaths import without_foreign

RAW = "demo-1.0-cp39-cp39-linux_aarch64.whl"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def patchelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A patchelf that notes what it is asked for and writes it into the file."""
    program = tmp_path / "bin" / "patchelf"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nfor file; do :; done\necho "$@" > "$file"\n')
    program.chmod(0o755)
    path = os.pathsep.join((str(program.parent), os.defpath))
    monkeypatch.setattr(searchpaths, "environment", lambda *_: {"PATH": path})
    return program


def test_a_wheel_without_foreign_folders_is_left_alone(tmp_path: Path, work: Path) -> None:
    files: dict[str, bytes | str] = {
        "a.so": make_elf(runpath="$ORIGIN/../demo.libs"),
        "b.so": make_elf(),
        "c.py": "",
    }
    wheel = make_wheel(tmp_path, RAW, files)
    assert without_foreign(wheel, work) == (wheel, frozenset())


def test_foreign_folders_are_taken_out_and_told(tmp_path: Path, work: Path, patchelf: Path) -> None:
    del patchelf
    files: dict[str, bytes | str] = {
        "a.so": make_elf(runpath="/tmp/build:$ORIGIN/x:/porter/sysroot/usr/lib"),
        "b.so": make_elf(runpath="/usr/lib"),
        "c.py": "x = 1",
        "d.so": make_elf()[:90],
    }
    wheel = make_wheel(tmp_path, RAW, files)
    copy, foreign = without_foreign(wheel, work)
    assert foreign == {"/tmp/build", "/porter/sysroot/usr/lib", "/usr/lib"}
    with zipfile.ZipFile(copy) as archive, zipfile.ZipFile(wheel) as raw:
        assert archive.read("a.so").startswith(b"--set-rpath $ORIGIN/x ")
        assert archive.read("b.so").startswith(b"--remove-rpath ")
        assert archive.namelist() == raw.namelist()
        for name in ("c.py", "d.so"):
            assert archive.read(name) == raw.read(name)


def test_a_patchelf_that_fails_is_told(tmp_path: Path, work: Path, patchelf: Path) -> None:
    patchelf.write_text("#!/bin/sh\necho no room >&2; exit 1\n")
    wheel = make_wheel(tmp_path, RAW, {"a.so": make_elf(runpath="/usr/lib")})
    with pytest.raises(StepFailed, match="no room"):
        without_foreign(wheel, work)


def test_a_damaged_file_has_no_search_paths() -> None:
    assert search_paths(io.BytesIO(make_elf(runpath="/a")[:100])) == ()
