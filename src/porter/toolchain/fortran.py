"""gfortran for the target: Debian's cross compiler, running on the build platform in any root.

zig has no Fortran. A Debian root of this machine's architecture, with the cross compiler's
packages, lies beside the build's own; its programs are started by that root's own loader, so that
neither the build's root nor its C library matters, and its links are porter's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from porter.errors import ImageError
from porter.model import Architecture
from porter.toolchain.flags import FortranFiles
from porter.toolchain.sandbox import GCC
from porter.toolchain.sysroot import inside

# By the ABIs of x86_64 and aarch64, the machines porter's compilers run on.
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
COMPILERS = ("gfortran", "f77", "f95")
"""The names it answers to."""
PARTS = ("f951", "as", "collect2")
"""What gfortran starts, by the names it starts it by."""


@dataclass(frozen=True, slots=True)
class Fortran:
    """Where a cross gfortran lies."""

    path: Path
    """A root filesystem of this machine's architecture that has it."""
    digest: str
    """Of that root."""


def packages(arch: Architecture) -> tuple[str, ...]:
    """Debian's packages of a gfortran that runs here and emits for an architecture."""
    return (f"gfortran-{arch.triple}",)


def fortran_files(fortran: Fortran, arch: Architecture) -> FortranFiles:
    """Find the programs; `ImageError` where the root lacks one."""
    root = fortran.path
    wanted = (f"/usr/bin/{arch.triple}-gfortran", f"/usr/bin/{arch.triple}-as")
    cores = sorted(root.glob(f"usr/lib/gcc-cross/{arch.triple}/*/f951"))
    loader = next((place for place in _LOADERS if inside(root, place)), None)
    if loader is None or not cores or not all(inside(root, place) for place in wanted):
        raise ImageError(
            f"the root {root} has no gfortran for {arch}",
            hint="Remove it, and porter makes it again.",
        )
    return FortranFiles(
        loader=f"{GCC}{loader}",
        libraries=tuple(f"{GCC}{folder}" for folder in _libraries(root)),
        driver=f"{GCC}{wanted[0]}",
        f951=f"{GCC}/{cores[-1].relative_to(root).as_posix()}",
        assembler=f"{GCC}{wanted[1]}",
    )


def _libraries(root: Path) -> tuple[str, ...]:
    """The root's own library folders, by where its C library lies; `usr` may be merged or not."""
    names = sorted({path.parent.name for path in root.glob("lib/*/libc.so.6")})
    folders = (f"{top}/{name}" for name in names for top in ("/lib", "/usr/lib"))
    return (*folders, "/lib", "/usr/lib")
