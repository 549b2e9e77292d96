"""zig on this machine: its version, and what it makes once for a target.

``zig cc`` would compile start files, glibc's stub libraries and libc++ into a cache of its own at
every build's first link, and link a compiler runtime that shadows libm. porter has it make these
once, keeps what it wants of them, and from then on calls the clang and the lld inside zig alone,
which know no cache.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

from porter.errors import SurroundingsError
from porter.model import Platform
from porter.toolchain import store
from porter.toolchain.flags import Headers

_C = "probe.c"
_CXX = "probe.cpp"
_SOURCES = {_C: "int main(void) { return 0; }\n", _CXX: "int main() { return 0; }\n"}
# The names linkers look for, beside those that zig gives its stubs.
_STUB = re.compile(r"(lib\w+\.so)(?:\.\d+)+")
_ARCHIVES = ("libc++.a", "libc++abi.a", "libc_nonshared.a", "Scrt1.o")
_COMPAT = ("compat.c", "openmp.c")
# Headers before the root's. gcc's C++ library was configured for the root's glibc; its headers must
# not use what the policy's has not got yet. What they use in any case, compat.c provides.
_CXX_HEADERS = {
    "bits/c++config.h": """\
#include_next <bits/c++config.h>
#if !__GLIBC_PREREQ(2, 30)
#undef _GLIBCXX_USE_PTHREAD_COND_CLOCKWAIT
#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
#undef _GLIBCXX_USE_PTHREAD_RWLOCK_CLOCKLOCK
#endif
#if !__GLIBC_PREREQ(2, 36)
#undef _GLIBCXX_USE_UCHAR_C8RTOMB_MBRTOC8_CXX20
#undef _GLIBCXX_USE_UCHAR_C8RTOMB_MBRTOC8_FCHAR8_T
#endif
""",
    "sys/single_threaded.h": """\
#include <features.h>
#if __GLIBC_PREREQ(2, 32)
#include_next <sys/single_threaded.h>
#else
extern "C" char __libc_single_threaded;
#endif
""",
    # Boost up to 1.80 casts to values that its enums do not have, which clang refuses in constants
    # (https://github.com/boostorg/mpl/issues/69), though not as bits of the enum's own type.
    "boost/mpl/aux_/static_cast.hpp": """\
#include_next <boost/mpl/aux_/static_cast.hpp>
#if __cplusplus >= 201103L && !defined(PORTER_MPL_STATIC_CAST)
#define PORTER_MPL_STATIC_CAST
namespace porter {
template <class T, bool = __is_enum(T)> struct bits { typedef T type; };
template <class T> struct bits<T, true> { typedef __underlying_type(T) type; };
}
#undef BOOST_MPL_AUX_STATIC_CAST
#define BOOST_MPL_AUX_STATIC_CAST(T, value) \\
    __builtin_bit_cast(T, static_cast<typename porter::bits<T>::type>(value))
#endif
""",
}
# <crypt.h> is no part of zig's glibc headers, but Python.h includes it up to 3.7.
_FALLBACK_HEADERS = {"crypt.h": "/* The target's root has no libcrypt headers. */\n"}
# The first glibc with the port; distributions had it in older ones, so that its oldest symbols are
# GLIBC_2.17 and policies begin there. What needs more is refused when the wheel is checked.
_FIRST_GLIBC = {"ppc64le": (2, 19)}
_GLIBC_MINOR = "-D__GLIBC_MINOR__="


def version() -> str:
    """The version of the ``ziglang`` package."""
    return importlib.metadata.version("ziglang")


def installation() -> Path:
    """The folder that holds ``zig`` and its ``lib``; `SurroundingsError` where there is none."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None or not (Path(spec.origin).parent / "zig").is_file():
        raise SurroundingsError(
            "zig is missing, the compiler of the strategies cross and accelerated",
            hint="Install porter again, or: pip install ziglang.",
        )
    return Path(spec.origin).parent


def runtime(platform: Platform, cache: Path) -> Path:
    """A folder with ``lib``, ``include``, ``libstdc++`` and ``headers.json``.

    ``lib`` has stubs, the start file, zig's static C++ library, and what an older glibc lacks for
    gcc's and an older OpenMP library for clang; ``libstdc++`` the headers that go before gcc's own.
    Made once for a zig, architecture and glibc (about half a minute), and kept in ``cache``.
    """
    return store.folder(
        cache, "runtime", _identity(platform), lambda draft: _make_runtime(draft, platform)
    )


def _identity(platform: Platform) -> str:
    return store.digest("runtime", version(), target(platform), sources())


def sources() -> dict[str, str]:
    """What porter itself puts into a runtime, by name."""
    compat = {name: (files("porter.toolchain") / name).read_text("utf-8") for name in _COMPAT}
    return {**_FALLBACK_HEADERS, **_CXX_HEADERS, **compat}


def headers(runtime_folder: Path, platform: Platform) -> tuple[Headers, Headers]:
    """What zig gives clang for C and for C++, as noted when the runtime was made."""
    noted = json.loads((runtime_folder / "headers.json").read_text())
    c, cxx = (
        Headers(_of_policy(noted[name]["definitions"], platform), tuple(noted[name]["folders"]))
        for name in (_C, _CXX)
    )
    return c, cxx


def _of_policy(definitions: list[str], platform: Platform) -> tuple[str, ...]:
    """The headers show the policy's glibc, also where zig has none so old."""
    minor = f"{_GLIBC_MINOR}{platform.policy.glibc[1]}"
    return tuple(minor if each.startswith(_GLIBC_MINOR) else each for each in definitions)


def target(platform: Platform) -> str:
    """As zig names it: ``aarch64-linux-gnu.2.17``."""
    return _target(platform, platform.policy.glibc)


def _oldest_there(platform: Platform) -> str:
    """The target, no older than zig has it."""
    first = _FIRST_GLIBC.get(platform.arch.name, platform.policy.glibc)
    return _target(platform, max(platform.policy.glibc, first))


def _target(platform: Platform, glibc: tuple[int, int]) -> str:
    return f"{platform.arch.triple}.{glibc[0]}.{glibc[1]}"


def is_made(platform: Platform, cache: Path) -> bool:
    """Whether the `runtime` is there already."""
    return store.place(cache, "runtime", _identity(platform)).is_dir()


def run(arguments: tuple[str, ...], folder: Path) -> str:
    """Run zig with caches and home inside ``folder``; return what it said on standard error."""
    env = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "ZIG_GLOBAL_CACHE_DIR": str(folder / "cache"),
        "ZIG_LOCAL_CACHE_DIR": str(folder / "cache"),
        "ZIG_VERBOSE_CC": "1",
        "ZIG_VERBOSE_LINK": "1",
    }
    done = subprocess.run(
        [installation() / "zig", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SurroundingsError(
            f"zig {version()} fails: zig {shlex.join(arguments)}",
            context="\n".join(line[:400] for line in done.stderr.splitlines()[-20:]),
            hint="Is the disk full? Otherwise try another release of ziglang.",
        )
    return done.stderr


def parse_headers(said: str, source: str, zig: Path) -> Headers:
    """Read clang's definitions and system folders for ``source`` from zig's verbose output."""
    for line in said.splitlines():
        words = line.split(" ")
        if source in words[:4]:
            pairs = tuple(itertools.pairwise(words))
            return Headers(
                definitions=tuple(
                    word for word in words if word.startswith("-D") and word != "-DNDEBUG"
                ),
                folders=tuple(
                    Path(folder).relative_to(zig).as_posix()
                    for flag, folder in pairs
                    if flag == "-isystem"
                ),
            )
    raise SurroundingsError(
        f"zig {version()} does not say how it calls clang",
        hint="Try the release of ziglang that porter's own tests use.",
    )


def parse_link(said: str) -> dict[str, str]:
    """Files of zig's last link, by name: stubs, archives and the start file."""
    last = [line for line in said.splitlines() if line.startswith("ld.lld ")][-1:]
    words = last[0].split(" ") if last else []
    return {
        Path(word).name: word
        for word in words
        if Path(word).name in _ARCHIVES or _STUB.fullmatch(Path(word).name)
    }


def _make_runtime(draft: Path, platform: Platform) -> None:
    work = draft / "work"
    work.mkdir()
    noted: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, text in _SOURCES.items():
        (work / name).write_text(text)
        driver = "c++" if name == _CXX else "cc"
        flags = ("-target", _oldest_there(platform), "-O2", "-s", "-fPIE", "-pie")
        said = run((driver, *flags, name, "-o", "probe"), work)
        found = parse_headers(said, name, installation())
        noted[name] = {"definitions": found.definitions, "folders": found.folders}
    _keep(work, parse_link(said), draft / "lib")
    (draft / "headers.json").write_text(json.dumps(noted, indent=1))
    store.write(draft / "include", _FALLBACK_HEADERS)
    store.write(draft / "libstdc++", _CXX_HEADERS)
    _make_compat(work, platform, headers(draft, platform)[0])
    shutil.copyfile(work / "libcompat.a", draft / "lib" / "libcompat.a")
    store.remove(work)


def _make_compat(work: Path, platform: Platform, c: Headers) -> None:
    store.write(work, {name: sources()[name] for name in _COMPAT})
    folders = (str(installation() / folder) for folder in c.folders)
    flags = (
        *("--no-default-config", f"--target={platform.arch.triple}", "-std=gnu11", "-Wall"),
        *("-O2", "-fPIC", "-ffunction-sections", "-nostdinc", *c.definitions),
        *(word for folder in folders for word in ("-isystem", folder)),
    )
    run(("clang", *flags, "-c", *_COMPAT), work)
    objects = (Path(name).with_suffix(".o").name for name in _COMPAT)
    run(("ar", "rcs", "libcompat.a", *objects), work)


def _keep(work: Path, found: dict[str, str], lib: Path) -> None:
    missing = {*_ARCHIVES, "libc.so.6", "libm.so.6"} - found.keys()
    if missing:
        raise SurroundingsError(
            f"zig {version()} did not make {', '.join(sorted(missing))}",
            hint="Try the release of ziglang that porter's own tests use.",
        )
    lib.mkdir()
    for name, path in found.items():
        stub = _STUB.fullmatch(name)
        shutil.copyfile(work / path, lib / (stub[1] if stub else name))
