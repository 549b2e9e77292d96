"""Take back what a build claims of the platforms its wheel serves: that is auditwheel's to find.

Backends that take the platform's name from ``packaging.tags`` (Poetry's, scikit-build-core) give
the wheel that of the root's own glibc, ``manylinux_2_36_aarch64``. auditwheel adds to what stands
there, so that the wheel would claim both.
"""

from __future__ import annotations

import re
from pathlib import Path

from porter.environment import open_wheel
from porter.model import Architecture
from porter.repair.members import copy_with

_TAG = re.compile(rb"^(Tag: *[^-\s]+-[^-\s]+)-\S+", re.MULTILINE)


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
        copy_with(archive, copy, {metadata: _restated(archive.read(metadata), plain)})
    return copy


def _restated(metadata: bytes, platform: str) -> bytes:
    """A ``WHEEL`` file whose tags are for that platform, none of them twice."""
    text = _TAG.sub(rb"\1-" + platform.encode(), metadata)
    lines = text.splitlines(keepends=True)
    return b"".join(
        line
        for number, line in enumerate(lines)
        if not (line.startswith(b"Tag:") and line in lines[:number])
    )
