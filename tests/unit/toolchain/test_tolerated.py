"""What zig's clang itself says to code that was written for gcc."""

import subprocess
from pathlib import Path

import pytest

from porter.toolchain import zig
from porter.toolchain.flags import TOLERATED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.c", "int f(void) { return g(); }"),
        ("a.c", "f(int x) { return x; }"),
        ("a.c", "char *f(int x) { return x; }"),
        ("a.c", "int g(char *); void f(void) { void (*p)(int) = g; }"),
        ("a.c", "long *f(short *x) { return x; }"),
        ("a.c", "int f(void) { return; }"),
        ("a.cpp", "int f(long x) { int y[] = {x}; return y[0]; }"),
        ("a.cpp", '#define D "ld"\nconst char *f() { return "%"D; }'),
        ("a.cpp", "struct S { S(S &); }; int f(int, ...); int g(S s) { return f(1, s); }"),
        ("a.cpp", "template <class T> int f(T x) { return x.template g(); }"),
    ],
)
def test_is_accepted(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert not compiles(tmp_path / name)
    assert compiles(tmp_path / name, *TOLERATED)


def compiles(file: Path, *flags: str) -> bool:
    command = [str(zig.installation() / "zig"), "clang", "-fsyntax-only", *flags, str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
