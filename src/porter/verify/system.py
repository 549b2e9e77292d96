"""Libraries that every manylinux policy leaves to the system, and that a system may lack.

Those of a desktop: X11, OpenGL, GLib (PEP 513, "Manylinux1 policy"); the PyPA's images have them
all, and a root made of Debian's packages is given those a wheel needs, to prove the wheel in. And
gcc's library of atomic operations, which every root has. auditwheel grafts none of them.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from porter.environment import open_wheel
from porter.recipes import SystemPackages
from porter.repair.elf import MAGIC, read_linked

_DEBIAN = {
    "libGL.so.1": "libgl1",
    "libICE.so.6": "libice6",
    "libSM.so.6": "libsm6",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libXrender.so.1": "libxrender1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
"""Which of Debian's packages has a library; under these names in every release."""
_IN_EVERY_ROOT = frozenset({"libatomic.so.1"})
"""With gcc, or as one of a runtime's packages: see `porter.images.catalogue`."""
_LARGEST = 128 << 20
"""Bytes of a file that is looked into; those of a GPU's libraries would fill the memory."""


def left_to_the_system(wheels: Iterable[Path]) -> frozenset[str]:
    """Libraries of this kind that files in the wheels need; raises `StepFailed` for no wheel."""
    needed = frozenset(library for wheel in wheels for library in _needed(wheel))
    return needed & (_DEBIAN.keys() | _IN_EVERY_ROOT)


def packages_with(libraries: Iterable[str]) -> SystemPackages:
    """The packages that have libraries of this kind, where roots do not have them anyway."""
    wanted = frozenset(libraries) - _IN_EVERY_ROOT
    return SystemPackages(apt=tuple(sorted({_DEBIAN[library] for library in wanted})))


def _needed(wheel: Path) -> Iterator[str]:
    with open_wheel(wheel) as (archive, contents):
        for name in contents.names:
            if archive.getinfo(name).file_size > _LARGEST:
                continue
            with archive.open(name) as stream:
                head = stream.read(len(MAGIC))
                data = head + stream.read() if head == MAGIC else b""
            if data:
                yield from read_linked(io.BytesIO(data)).needed
