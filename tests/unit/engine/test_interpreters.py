from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from porter.engine import interpreters
from porter.engine.interpreters import ask, find, host_root
from porter.errors import ImageError
from porter.model import Interpreter

HERE = Interpreter(sys.version_info.major, sys.version_info.minor)
OTHER = Interpreter(3, 6)
REAL = Path(os.path.realpath(sys.executable))


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def executable(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_found_on_path_with_links_followed(bin_folder: Path) -> None:
    (bin_folder / "python3").symlink_to(REAL)
    assert find(HERE, {"PATH": str(bin_folder)}) == REAL


def test_another_version_does_not_do(bin_folder: Path) -> None:
    (bin_folder / "python3").symlink_to(REAL)
    assert find(OTHER, {"PATH": str(bin_folder)}) is None


def test_a_shim_leads_to_the_real_program(bin_folder: Path) -> None:
    executable(bin_folder / f"python{HERE.version}", f'#!/bin/sh\nexec {REAL} "$@"\n')
    assert find(HERE, {"PATH": str(bin_folder)}) == REAL


def test_a_shim_of_nothing_is_passed_over(bin_folder: Path, tmp_path: Path) -> None:
    executable(bin_folder / f"python{HERE.version}", "#!/bin/sh\nexit 127\n")
    pyenv = tmp_path / f"versions/{HERE.version}.2/bin"
    pyenv.mkdir(parents=True)
    (pyenv / f"python{HERE.version}").symlink_to(REAL)
    assert find(HERE, {"PATH": str(bin_folder), "PYENV_ROOT": str(tmp_path)}) == REAL


def test_pyenvs_newest_patch_comes_first(tmp_path: Path) -> None:
    for patch in ("9", "10", "2", "dev"):
        (tmp_path / f"versions/3.9.{patch}").mkdir(parents=True)
    found = interpreters._in_pyenv(Interpreter(3, 9), {"PYENV_ROOT": str(tmp_path)})
    assert [path.parts[-3] for path in found] == ["3.9.10", "3.9.9", "3.9.2"]


def test_uv_is_asked_without_a_download(bin_folder: Path) -> None:
    script = f'#!/bin/sh\ncase "$*" in *--no-python-downloads*) echo {REAL};; *) exit 2;; esac\n'
    executable(bin_folder / "uv", script)
    assert find(HERE, {"PATH": f"{bin_folder}"}) == REAL


@pytest.mark.parametrize(
    "said",
    [
        "not json",
        "[]",
        '{"implementation": "pypy", "abiflags": "", "version": [3, 9]}',
        '{"implementation": "cpython", "abiflags": "t", "version": [3, 13]}',
    ],
)
def test_what_is_no_release_build_of_cpython_does_not_do(bin_folder: Path, said: str) -> None:
    program = executable(bin_folder / "python3", f"#!/bin/sh\necho '{said}'\n")
    assert ask(program, Interpreter(3, 9)) is None


def test_the_host_as_a_root(monkeypatch: pytest.MonkeyPatch) -> None:
    host_root.cache_clear()
    root = host_root(HERE)
    assert (root.name, root.origin, root.path) == ("host", "host", None)
    assert root.python is not None
    assert Path(root.python).is_file()
    assert not Path(root.python).is_symlink()
    assert root.digest.startswith("sha256:")
    monkeypatch.setenv("PATH", "")
    assert host_root(HERE) is root


def test_a_missing_interpreter_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    host_root.cache_clear()
    monkeypatch.setattr(interpreters, "_candidates", lambda *_: iter(()))
    with pytest.raises(ImageError, match=r"no CPython 3\.6") as caught:
        host_root(OTHER)
    for way in ("uv python install 3.6", "pyenv install 3.6", "apt-get install python3.6"):
        assert way in str(caught.value.hint)
