from __future__ import annotations

from pathlib import Path

from porter.engine.host import TOOLS, host_entries
from porter.engine.view import Bind, Empty

FORBIDDEN = {
    "gcc",
    "cc",
    "c++",
    "ld",
    "as",
    "ar",
    "pkg-config",
    "pg_config",
    "python3",
    "git",
    "su",
}


def test_no_compiler_is_allowed() -> None:
    assert FORBIDDEN.isdisjoint(TOOLS)
    assert not [tool for tool in TOOLS if tool.endswith("-config")]


def test_an_interpreters_prefix_is_shown_without_its_packages(tmp_path: Path) -> None:
    prefix, stage = tmp_path / "3.9.18", tmp_path / "stage"
    for folder in ("bin", "lib/python3.9/site-packages", "lib/pkgconfig"):
        (prefix / folder).mkdir(parents=True)
    stage.mkdir()
    entries = host_entries(str(prefix / "bin/python3.9"), stage)
    shown = entries.index(Bind(prefix, str(prefix)))
    assert entries.index(Empty(str(prefix / "lib/python3.9/site-packages"))) > shown
    assert entries.index(Empty(str(prefix / "lib/pkgconfig"))) > shown


def test_nothing_is_writable_but_memory(tmp_path: Path) -> None:
    entries = host_entries(None, tmp_path)
    assert not [entry for entry in entries if isinstance(entry, Bind) and entry.writable]
    targets = {entry.target for entry in entries}
    assert targets.isdisjoint({"/usr/include", "/usr/local", "/etc", "/opt", "/home", "/root"})
    assert (tmp_path / "passwd").read_text().startswith("root:x:0:0:")
