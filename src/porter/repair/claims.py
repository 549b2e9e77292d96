"""Take back what a build claims of the platforms its wheel serves: that is auditwheel's to find.

Backends that take the platform's name from ``packaging.tags`` (Poetry's, scikit-build-core) give
the wheel that of the root's own glibc, ``manylinux_2_36_aarch64``. auditwheel adds to what stands
there, so that the wheel would claim both.
"""

from __future__ import annotations

from pathlib import Path

from porter.environment import open_wheel
from porter.model import Architecture
from porter.repair.members import copy_with
from porter.repair.tags import restated


def without_claims(wheel: Path, arch: Architecture, work: Path) -> Path:
    """A wheel for ``linux_ARCH`` and no other platform, by its name and its metadata.

    The wheel itself where it is one; else a copy in `work`. The copy's RECORD is as it was:
    whoever publishes it writes a new one.
    """
    plain = f"linux_{arch}"
    with open_wheel(wheel) as (archive, contents):
        if {tag.platform for tag in contents.tags} == {plain}:
            return wheel
        copy = work / f"{wheel.name.rpartition('-')[0]}-{plain}.whl"
        metadata = f"{contents.dist_info}/WHEEL"
        stated = restated(archive.read(metadata), lambda python, abi, _: f"{python}-{abi}-{plain}")
        copy_with(archive, copy, {metadata: stated})
    return copy
