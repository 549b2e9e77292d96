"""gfortran for the target: Debian's cross compiler, running on the build platform in any root.

zig has no Fortran. A Debian root of this machine's architecture, with the cross compiler's
packages, lies beside the build's own; its programs are started by that root's own loader, so that
neither the build's root nor its C library matters, and its links are porter's own.
"""

from __future__ import annotations

from porter.errors import ImageError
from porter.model import Architecture
from porter.toolchain.apart import Apart, libraries, loader
from porter.toolchain.flags import FortranFiles
from porter.toolchain.sandbox import GCC
from porter.toolchain.sysroot import inside

COMPILERS = ("gfortran", "f77", "f95")
"""The names it answers to."""
PARTS = ("f951", "as", "collect2")
"""What gfortran starts, by the names it starts it by."""


def packages(arch: Architecture) -> tuple[str, ...]:
    """Debian's packages of a gfortran that runs here and emits for an architecture."""
    return (f"gfortran-{arch.triple}",)


def fortran_files(fortran: Apart, arch: Architecture) -> FortranFiles:
    """Find the programs; `ImageError` where the root lacks one."""
    root = fortran.path
    wanted = (f"/usr/bin/{arch.triple}-gfortran", f"/usr/bin/{arch.triple}-as")
    cores = sorted(root.glob(f"usr/lib/gcc-cross/{arch.triple}/*/f951"))
    if not cores or not all(inside(root, place) for place in wanted):
        raise ImageError(
            f"the root {root} has no gfortran for {arch}",
            hint="Remove it, and porter makes it again.",
        )
    return FortranFiles(
        loader=f"{GCC}{loader(root)}",
        libraries=tuple(f"{GCC}{folder}" for folder in libraries(root)),
        driver=f"{GCC}{wanted[0]}",
        f951=f"{GCC}/{cores[-1].relative_to(root).as_posix()}",
        assembler=f"{GCC}{wanted[1]}",
    )
