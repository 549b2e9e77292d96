"""LLVM's OpenMP library for the target, which zig does not bring.

It comes from the oldest release Debian has for the architecture, whatever root a build runs in: so
it asks for the oldest glibc (2.17 from Debian 11), and all wheels of an architecture hold the same
one. That matters, because a process may have only one: auditwheel names a grafted library by its
content, and the loader takes what is loaded by that name already.
"""

from __future__ import annotations

import re
from pathlib import Path

from porter.errors import ImageError
from porter.model import Architecture
from porter.toolchain.apart import Apart
from porter.toolchain.flags import OpenMpFiles
from porter.toolchain.sandbox import OPENMP
from porter.toolchain.sysroot import inside

_PACKAGE = "libomp-dev"
# Debian builds it for more and more architectures; the oldest release with s390x has none.
_WITHOUT = frozenset({"s390x"})
# Below /usr/lib/llvm-N, older releases first.
_HEADERS = ("include/openmp/omp.h", "lib/clang/*/include/omp.h")


def packages(arch: Architecture) -> tuple[str, ...]:
    """Debian's packages of it; none where Debian has none."""
    return () if arch.name in _WITHOUT else (_PACKAGE,)


def openmp_files(openmp: Apart) -> OpenMpFiles:
    """Find them in the root; `ImageError` where it has none."""
    headers, libraries = (folder.relative_to(openmp.path) for folder in _folders(openmp.path))
    return OpenMpFiles(f"{OPENMP}/{headers.as_posix()}", f"{OPENMP}/{libraries.as_posix()}")


def library_folder(openmp: Apart) -> Path:
    """Where ``libomp.so.5`` lies on this machine; `ImageError` likewise."""
    return _folders(openmp.path)[1]


def _folders(root: Path) -> tuple[Path, Path]:
    """Those of ``omp.h`` and ``libomp.so``, of the newest LLVM."""
    found = [
        (header.parent, llvm / "lib")
        for llvm in root.glob("usr/lib/llvm-*")
        for place in _HEADERS
        for header in llvm.glob(place)
        if inside(root, f"/{llvm.relative_to(root).as_posix()}/lib/libomp.so")
    ]
    if not found:
        raise ImageError(
            f"the root {root} has no libomp", hint="Remove it, and porter makes it again."
        )
    return max(found, key=lambda folders: _version(folders[1].parent))


def _version(llvm: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", llvm.name)]
