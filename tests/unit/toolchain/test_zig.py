from __future__ import annotations

from pathlib import Path

import pytest

from fakes.sysroot import PLATFORM
from porter.errors import SurroundingsError
from porter.model import Platform
from porter.toolchain import zig
from porter.toolchain.flags import Headers

ZIG = Path("/z")
SAID = """\
/z/zig clang /z/lib/libc/glibc/csu/init.c --no-default-config -DNDEBUG -isystem /z/lib/include
/z/zig clang probe.c --no-default-config -DNDEBUG -D__GLIBC_MINOR__=17 -isystem /z/lib/include \
-Xclang -target-cpu -isystem /z/lib/libc/include/generic-glibc -c -o probe.o
ld.lld -r -o crt1.o start.o
ld.lld -pie -o probe c/o/1/Scrt1.o probe.o c/o/2/libc++.a c/o/3/libm.so.6 c/o/3/libc.so.6 \
c/o/3/libld.so.2 c/o/4/libc_nonshared.a c/o/5/libcompiler_rt.a c/o/6/libunwind.a
"""


def test_reads_how_zig_calls_clang() -> None:
    assert zig.parse_headers(SAID, "probe.c", ZIG) == Headers(
        ("-D__GLIBC_MINOR__=17",), ("lib/include", "lib/libc/include/generic-glibc")
    )


def test_a_zig_that_does_not_say_is_an_error() -> None:
    with pytest.raises(SurroundingsError, match="does not say"):
        zig.parse_headers("", "probe.c", ZIG)


def test_takes_of_the_link_what_shadows_nothing() -> None:
    found = zig.parse_link(SAID)
    assert found["libm.so.6"] == "c/o/3/libm.so.6"
    assert set(found) == {
        *("Scrt1.o", "libc++.a", "libc_nonshared.a"),
        *("libm.so.6", "libc.so.6", "libld.so.2"),
    }
    assert zig.parse_link("") == {}


@pytest.mark.parametrize(
    ("policy", "target"),
    [("manylinux2014", "aarch64-linux-gnu.2.17"), ("manylinux_2_28", "aarch64-linux-gnu.2.28")],
)
def test_target(policy: str, target: str) -> None:
    assert zig.target(Platform.parse("aarch64", policy)) == target


def test_a_failing_zig_shows_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match="zig clang") as failure:
        zig.run(("clang", "missing.c"), tmp_path)
    assert "missing.c" in failure.value.context


def test_the_runtime_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []
    monkeypatch.setattr(zig, "_make_runtime", lambda draft, _platform: made.append(draft))
    assert zig.runtime(PLATFORM, tmp_path) == zig.runtime(PLATFORM, tmp_path)
    assert len(made) == 1


def test_where_zig_has_no_glibc_so_old_the_headers_show_the_policy_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    power = Platform.parse("ppc64le", "manylinux2014")
    assert zig.target(power) == "powerpc64le-linux-gnu.2.17"
    said: list[tuple[str, ...]] = []

    def run(arguments: tuple[str, ...], folder: Path) -> str:
        said.append(arguments)
        for name in ("libc.so.6", "libm.so.6", "libc++.a", "libc++abi.a", "Scrt1.o"):
            (folder / name).touch()
        for name in ("libc_nonshared.a", "libcompat.a"):
            (folder / name).touch()
        files = " ".join(path.name for path in folder.iterdir())
        clang = f"/z/zig clang {arguments[-3]} --x -D__GLIBC_MINOR__=19 -isystem /z/lib/include"
        return f"{clang}\nld.lld -o probe {files}"

    monkeypatch.setattr(zig, "run", run)
    monkeypatch.setattr(zig, "installation", lambda: ZIG)
    assert not zig.is_made(power, tmp_path)
    made = zig.runtime(power, tmp_path)
    assert zig.is_made(power, tmp_path)
    assert said[0][1:3] == ("-target", "powerpc64le-linux-gnu.2.19")
    for headers in zig.headers(made, power):
        assert headers.definitions == ("-D__GLIBC_MINOR__=17",)
    compiled = next(words for words in said if words[0] == "clang")
    assert "-D__GLIBC_MINOR__=17" in compiled
