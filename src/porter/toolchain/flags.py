"""What the compiler wrapper adds to a command line, as the C header it is built with. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from porter.model import Architecture, Platform
from porter.toolchain.sandbox import BIN, CORES, GCC, INCLUDE, RUNTIME, SYSROOT, ZIG

TOLERATED = tuple(
    f"-Wno-error={warning}"
    for warning in (
        "implicit-function-declaration",
        "implicit-int",
        "int-conversion",
        "incompatible-function-pointer-types",
        "incompatible-pointer-types",
        "return-mismatch",
        # Of C++: {long} for an int; "%"PRId64; x.template f() without arguments; a class for "...".
        "c++11-narrowing",
        "reserved-user-defined-literal",
        "missing-template-arg-list-after-template-kw",
        "non-pod-varargs",
    )
)
"""Errors of today's clang that were warnings, or nothing, to the gcc the packages were written
for."""


# As lld's -m names them.
_EMULATIONS = {
    "aarch64": "aarch64linux",
    "armv7l": "armelf_linux_eabi",
    "ppc64le": "elf64lppc",
    "s390x": "elf64_s390",
    "x86_64": "elf_x86_64",
}
# Static libraries of the toolchain: what a wheel has of them is for itself alone.
_HIDDEN = (
    *("libstdc++.a", "libcompat.a", "libc++.a", "libc++abi.a"),
    *("libc_nonshared.a", "libgcc.a"),
)


@dataclass(frozen=True, slots=True)
class Headers:
    """What zig gives clang before its own flags: definitions and system folders."""

    definitions: tuple[str, ...]
    """``-D…``"""
    folders: tuple[str, ...]
    """Below zig's installation, relative."""


@dataclass(frozen=True, slots=True)
class CxxLibrary:
    """gcc's libstdc++, as a target's root holds it; absolute paths inside that root."""

    archive: str
    """``libstdc++.a``"""
    folders: tuple[str, ...]
    """Its headers, in the order gcc looks for them."""


@dataclass(frozen=True, slots=True)
class SystemFiles:
    """What a target's root holds that every link needs; absolute paths inside that root."""

    libgcc: str
    begin: str
    """``crtbeginS.o``, which runs static destructors when a library is unloaded."""
    end: str
    libgcc_s: str
    library_folders: tuple[str, ...]
    cxx: CxxLibrary | None = None
    """gcc's C++ library, or None where the root has not got it."""


@dataclass(frozen=True, slots=True)
class FortranFiles:
    """A gfortran that runs on the build platform; absolute paths in the sandbox."""

    loader: str
    libraries: tuple[str, ...]
    driver: str
    f951: str
    assembler: str


@dataclass(frozen=True, slots=True)
class OpenMpFiles:
    """LLVM's OpenMP library; absolute paths in the sandbox."""

    headers: str
    """The folder of ``omp.h``."""
    libraries: str
    """The folder of ``libomp.so``."""


@dataclass(frozen=True, slots=True)
class Target:
    """All that a wrapper is built for."""

    platform: Platform
    c: Headers
    cxx: Headers
    files: SystemFiles
    stubs: tuple[str, ...]
    """glibc's stub libraries: ``libc.so``, ``libm.so`` and, before 2.34, ``libpthread.so``, …"""
    sysroot: bool
    """Whether the target's root lies at ``/porter/sysroot``; else the build runs in it."""
    fortran: FortranFiles | None = None
    """A cross gfortran, where there is one."""
    openmp: OpenMpFiles | None = None
    """LLVM's OpenMP library, likewise."""


def emulation(arch: Architecture) -> str:
    """What a linker calls the files of an architecture."""
    return _EMULATIONS[arch.name]


def config_header(target: Target) -> str:
    """The ``config.h`` of the wrapper for this target."""
    root = SYSROOT if target.sysroot else ""
    strings = {
        "ZIG": f"{ZIG}/zig",
        "CORES": CORES,
        "ARCH": target.platform.arch.name,
        "TRIPLE": target.platform.arch.triple,
        "EMULATION": emulation(target.platform.arch),
        "BEGIN": f"{root}{target.files.begin}",
        "SYSROOT": root,
        "PYTHON_INCLUDE": INCLUDE if target.sysroot else "",
        "LIBRARIES": _search_dirs(target, root),
        "STUB_FOLDER": f"{RUNTIME}/lib",
        "LIBGCC": f"{root}{target.files.libgcc}",
        **_fortran(target.fortran),
    }
    lists = {
        "STUBS": target.stubs,
        "FIRST": _first(target),
        "CXX_FIRST": _cxx_first(target),
        "C_LAST": _headers(target.c, target, root),
        "CXX_LAST": _cxx_headers(target, root),
        "LINK_FIRST": _link_first(root),
        "PROGRAM_FIRST": ("-pie", "-Wl,--allow-shlib-undefined", f"{RUNTIME}/lib/Scrt1.o"),
        "LINK_LAST": _link_last(target, root),
        **_openmp(target.openmp),
        "FORTRAN_FIRST": ("-fPIC", *_atomics(target)),
        "FORTRAN_LAST": ("-nostdlib", f"-I{root}/usr/include"),
    }
    lines = [f"#define {name} {json.dumps(text)}" for name, text in strings.items()]
    lines += [_c_list(name, items) for name, items in lists.items()]
    return "\n".join(lines) + "\n"


def _fortran(files: FortranFiles | None) -> dict[str, str]:
    return {
        "GCC": GCC,
        "FORTRAN_LOADER": files.loader if files else "",
        "FORTRAN_LIBRARIES": ":".join(files.libraries) if files else "",
        "GFORTRAN": files.driver if files else "",
        "F951": files.f951 if files else "",
        "ASSEMBLER": files.assembler if files else "",
        "PARTS": f"{BIN}/fortran/",
    }


def _openmp(files: OpenMpFiles | None) -> dict[str, tuple[str, ...]]:
    """What a compilation and a link get where OpenMP is asked for, and a program beside that.

    Programs are what a build tries out: the sandbox's loader has to find the library for them.
    The dialect is that of the library and its header: clang's own is newer.
    """
    if files is None:
        return {"OPENMP_FIRST": (), "OPENMP_LAST": (), "OPENMP_PROGRAM": ()}
    return {
        "OPENMP_FIRST": ("-fopenmp-version=50",),
        "OPENMP_LAST": ("-lomp",),
        "OPENMP_PROGRAM": (f"-Wl,-rpath,{files.libraries}",),
    }


def _library_folders(target: Target, root: str) -> tuple[str, ...]:
    folders = (f"{root}{folder}" for folder in target.files.library_folders)
    return (*folders, *([target.openmp.libraries] if target.openmp else []))


def _search_dirs(target: Target, root: str) -> str:
    """As gcc answers ``-print-search-dirs``; Meson takes the full paths of libraries from it."""
    folders = (f"{RUNTIME}/lib", *_library_folders(target, root))
    return f"programs: ={BIN}\nlibraries: ={':'.join(folders)}"


def _c_list(name: str, items: Iterable[str]) -> str:
    words = ", ".join((*map(json.dumps, items), "0"))
    return f"static const char *const {name}[] = {{{words}}};"


def _first(target: Target) -> tuple[str, ...]:
    """Flags the build's own may override."""
    return (
        "--no-default-config",
        f"--target={target.platform.arch.triple}",
        "-fPIC",
        # numpy reads the floating point flags; gcc keeps them by default, clang does not.
        "-ftrapping-math",
        *_atomics(target),
        "-Wno-unused-command-line-argument",
        "-Wno-unknown-warning-option",
        "-Wno-ignored-optimization-argument",
        *TOLERATED,
    )


def _atomics(target: Target) -> tuple[str, ...]:
    """Without outline atomics: the libgcc of older images lacks their helpers."""
    return ("-mno-outline-atomics",) if target.platform.arch.name == "aarch64" else ()


def _cxx_first(target: Target) -> tuple[str, ...]:
    # The dialect gcc takes by default in the policy's own image (manylinux2014: gcc 10).
    dialect = "-std=gnu++14" if target.platform.policy.glibc < (2, 28) else "-std=gnu++17"
    return (dialect, "-Wno-register")


def _cxx_headers(target: Target, root: str) -> tuple[str, ...]:
    """As `_headers`, for C++: before all, those of gcc's library, which packages are written for.

    The first of them is porter's: it takes back what that library knows of a newer glibc.
    """
    if target.files.cxx is None:
        return _headers(target.cxx, target, root)
    folders = (f"{RUNTIME}/libstdc++", *(f"{root}{folder}" for folder in target.files.cxx.folders))
    nothing, *others = _headers(target.c, target, root)
    return (nothing, *(item for folder in folders for item in ("-isystem", folder)), *others)


def _headers(headers: Headers, target: Target, root: str) -> tuple[str, ...]:
    """System headers: zig's, then those of the target's root, which never come before."""
    folders = [item for folder in headers.folders for item in ("-isystem", f"{ZIG}/{folder}")]
    after = [f"{root}/usr/local/include", f"{root}/usr/include/{target.platform.arch.triple}"]
    after += [f"{root}/usr/include", f"{RUNTIME}/include"]
    if target.openmp:
        after.append(target.openmp.headers)
    idirafter = [item for folder in after for item in ("-idirafter", folder)]
    return ("-nostdinc", *headers.definitions, *folders, *idirafter)


def _link_first(root: str) -> tuple[str, ...]:
    return (
        "-nostdlib",
        f"--ld-path={BIN}/ld.lld",
        f"--sysroot={root or '/'}",
        f"-L{RUNTIME}/lib",
        # GNU ld's ways, which version scripts and static libraries of packages rely on.
        "-Wl,--undefined-version,--build-id=none,--as-needed",
        # No debug sections of static libraries either: Rust's standard library has megabytes.
        "-Wl,--strip-debug",
        f"-Wl,--exclude-libs,{':'.join(_HIDDEN)}",
    )


def _link_last(target: Target, root: str) -> tuple[str, ...]:
    """C++ library (static, hidden), C library (always named), then gcc's runtime.

    The C++ library is gcc's: much of the field cannot be compiled with another. It is linked
    statically, because the dynamic one of the root may be newer than the policy's.
    zig's own compiler runtime has no place here: it would shadow libm's long double functions.
    """
    files = target.files
    parts = ",".join(f"{RUNTIME}/lib/{name}" for name in target.stubs if name != "libc.so")
    own = (f"{RUNTIME}/lib/libc++.a", f"{RUNTIME}/lib/libc++abi.a")
    archives = (f"{root}{files.cxx.archive}",) if files.cxx else own
    return (
        *(f"-L{folder}" for folder in _library_folders(target, root)),
        *(f"-Wl,{archive}" for archive in archives),
        f"-Wl,--as-needed,{parts}",
        f"-Wl,--no-as-needed,{RUNTIME}/lib/libc.so,--as-needed",
        f"-Wl,{RUNTIME}/lib/libc_nonshared.a,{RUNTIME}/lib/libcompat.a",
        f"-Wl,{root}{files.libgcc},{root}{files.libgcc_s}",
        f"-Wl,{root}{files.end}",
    )
