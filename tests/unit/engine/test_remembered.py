from __future__ import annotations

from pathlib import Path

import pytest

from porter.engine import interpreters
from porter.engine.interpreters import host_root
from unit.engine.test_interpreters import HERE, REAL, executable


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of how often a shim on PATH was asked; what it answers is this Python."""
    log = tmp_path / "asked"
    log.touch()
    _shim(tmp_path, log)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return log


def _shim(tmp_path: Path, log: Path, more: str = "") -> None:
    (tmp_path / "bin").mkdir(exist_ok=True)
    text = f'#!/bin/sh\n{more}echo asked >> {log}\nexec {REAL} "$@"\n'
    executable(tmp_path / "bin" / f"python{HERE.version}", text)


def _root(memory: Path) -> object:
    host_root.cache_clear()
    return host_root(HERE, memory)


def _count(log: Path) -> int:
    return len(log.read_text().splitlines())


def test_it_is_asked_once(tmp_path: Path, asked: Path) -> None:
    first = _root(tmp_path / "memory")
    assert _root(tmp_path / "memory") == first
    assert _count(asked) == 1


def test_without_a_folder_it_is_asked_each_time(asked: Path) -> None:
    for _ in range(2):
        host_root.cache_clear()
        host_root(HERE)
    assert _count(asked) == 2


def test_a_changed_candidate_is_asked_again(tmp_path: Path, asked: Path) -> None:
    first = _root(tmp_path / "memory")
    _shim(tmp_path, asked, more="# another one\n")
    assert _root(tmp_path / "memory") == first
    assert _count(asked) == 2


def test_a_candidate_that_comes_before_is_asked(
    tmp_path: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _root(tmp_path / "memory")
    real = interpreters._candidates
    before = executable(tmp_path / "before", "#!/bin/sh\nexit 1\n")
    monkeypatch.setattr(interpreters, "_candidates", lambda *words: [before, *real(*words)])
    _root(tmp_path / "memory")
    assert _count(asked) == 2


def test_what_another_porter_wrote_does_not_count(tmp_path: Path, asked: Path) -> None:
    first = _root(tmp_path / "memory")
    (tmp_path / "memory" / f"{HERE.tag}.json").write_text('{"asked": 1}')
    assert _root(tmp_path / "memory") == first
    assert _count(asked) == 2
