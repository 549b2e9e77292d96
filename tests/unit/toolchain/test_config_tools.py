from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from porter.errors import SurroundingsError
from porter.model import ARCHITECTURES
from porter.toolchain import config_tools

ARM = ARCHITECTURES["aarch64"]


def tool(sysroot: Path, name: str, script: str) -> None:
    place = sysroot / "usr/bin" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"#!/bin/sh\n{script}\n")
    place.chmod(0o755)


def made(tmp_path: Path) -> Path:
    return config_tools.folder(tmp_path / "sysroot", ARM, tmp_path / "cache")[0]


def ask(tmp_path: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a wrapper with the sysroot where it lies here."""
    script = (made(tmp_path) / name).read_text()
    call = script.replace("'/porter/sysroot", f"'{tmp_path}/sysroot", 1)
    return subprocess.run(
        ["sh", "-c", call, name, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("-I/usr/include/libxml2 -lxml2", "-I/porter/sysroot/usr/include/libxml2 -lxml2"),
        ("/usr", "/porter/sysroot/usr"),
        ("LIBDIR = /usr/lib/x", "LIBDIR = /porter/sysroot/usr/lib/x"),
        ("-L/porter/sysroot/usr/lib", "-L/porter/sysroot/usr/lib"),
        ("/usr /usr:/usr/lib", "/porter/sysroot/usr /porter/sysroot/usr:/porter/sysroot/usr/lib"),
        ("/usrlocal 2.9 a/usr/b", "/usrlocal 2.9 a/usr/b"),
    ],
)
def test_answers_name_places_below_the_sysroot(tmp_path: Path, said: str, answered: str) -> None:
    tool(tmp_path / "sysroot", "xml2-config", f"echo '{said}'")
    assert ask(tmp_path, "xml2-config", "--cflags").stdout == f"{answered}\n"


def test_arguments_and_the_status_go_through(tmp_path: Path) -> None:
    tool(tmp_path / "sysroot", "pg_config", 'test "$1" = "--a b" && echo yes || exit 3')
    assert ask(tmp_path, "pg_config", "--a b").stdout == "yes\n"
    assert ask(tmp_path, "pg_config", "--c").returncode == 3


def test_what_speaks_for_the_machine_it_runs_on_is_left_out(tmp_path: Path) -> None:
    names = {"python3-config", "aarch64-linux-gnu-python3.9-config", "pkg-config", "config.guess"}
    for name in (*names, "mysql_config", "llvm-config-11"):
        tool(tmp_path / "sysroot", name, "exit 1")
    found = {path.name for path in made(tmp_path).iterdir()}
    own = {"pkg-config", "pkgconf", "aarch64-linux-gnu-pkg-config"}
    assert found == {*own, "mysql_config", "llvm-config-11"}
    assert all(os.access(path, os.X_OK) for path in made(tmp_path).iterdir())


def test_pkg_config_is_here_and_runs(tmp_path: Path) -> None:
    (tmp_path / "a.pc").write_text("prefix=/usr\nName: a\nDescription: a\nVersion: 7\n")
    version = subprocess.run(
        [made(tmp_path) / "pkg-config", "--modversion", "a"],
        env={"PKG_CONFIG_LIBDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout == "7\n"


def test_without_pkgconf_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(SurroundingsError, match="pkgconf is missing"):
        made(tmp_path)
