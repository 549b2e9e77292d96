"""What zig's clang itself says to code that was written for gcc."""

import subprocess
from pathlib import Path

import pytest

from porter.toolchain import store, zig
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


BOOST = """\
#ifndef BOOST_MPL_AUX_STATIC_CAST
#define BOOST_MPL_AUX_STATIC_CAST(T, expr) static_cast<T>(expr)
#endif
"""
MPL = """\
#include <boost/mpl/aux_/static_cast.hpp>
template <class T, T N> struct integral_c {
  static const T value = N;
  typedef integral_c<T, BOOST_MPL_AUX_STATIC_CAST(T, (value - 1))> prior;
};
enum E { first, second };
integral_c<E, first> lowest;
static_assert(integral_c<long, 3>::prior::value == 2, "");
static_assert(integral_c<bool, true>::prior::value == false, "");
static_assert(integral_c<E, second>::prior::value == first, "");
"""


def test_boost_of_before_clang_16_counts_its_enums(tmp_path: Path) -> None:
    name = "boost/mpl/aux_/static_cast.hpp"
    store.write(tmp_path, {f"boost/{name}": BOOST, f"own/{name}": zig.sources()[name]})
    (tmp_path / "a.cpp").write_text(MPL)
    boost = ("-std=c++11", "-idirafter", str(tmp_path / "boost"))
    assert not compiles(tmp_path / "a.cpp", *boost)
    assert compiles(tmp_path / "a.cpp", "-isystem", str(tmp_path / "own"), *boost)


def compiles(file: Path, *flags: str) -> bool:
    command = [str(zig.installation() / "zig"), "clang", "-fsyntax-only", *flags, str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
