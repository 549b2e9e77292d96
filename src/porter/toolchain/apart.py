"""Programs of a root that lies beside the build's own: started by that root's loader.

So neither the build's root nor its C library matters to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from porter.errors import ImageError
from porter.toolchain.sysroot import inside

# By the ABIs of x86_64 and aarch64, the machines porter's compilers run on.
_LOADERS = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")


@dataclass(frozen=True, slots=True)
class Apart:
    """A root filesystem on this machine, and what identifies it."""

    path: Path
    digest: str


def loader(root: Path) -> str:
    """The dynamic loader's place in a root; `ImageError` where it has none."""
    found = next((place for place in _LOADERS if inside(root, place)), None)
    if found is None:
        raise ImageError(f"the root {root} has no dynamic loader of this machine's")
    return found


def libraries(root: Path) -> tuple[str, ...]:
    """The root's own library folders, by where its loader lies; `usr` may be merged or not."""
    real = inside(root, loader(root))
    name = real.parent.name if real else ""
    return (f"/lib/{name}", f"/usr/lib/{name}", "/lib", "/usr/lib")
