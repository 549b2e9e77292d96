"""The part of a wheel that auditwheel looks at, and which claims nothing.

Its other files, of which some packages have far more, need not be unpacked and packed again. And
what a build claims of the platforms its wheel serves is auditwheel's to find: backends that take
the platform's name from ``packaging.tags`` (Poetry's, scikit-build-core) give the wheel that of the
root's own glibc, ``manylinux_2_36_aarch64``, and auditwheel adds to what stands there, so that the
wheel would claim both.
"""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from porter.environment import open_wheel
from porter.model import Architecture
from porter.repair.members import copy_with
from porter.repair.tags import restated


def compiled_part(wheel: Path, compiled: Container[str], arch: Architecture, work: Path) -> Path:
    """A wheel in `work` of the files `compiled` and the metadata folder.

    It is for ``linux_ARCH`` and no other platform, by its name and its metadata.
    """
    plain = f"linux_{arch}"
    copy = work / f"{wheel.name.rpartition('-')[0]}-{plain}.whl"
    with open_wheel(wheel) as (archive, contents):
        metadata = f"{contents.dist_info}/WHEEL"
        stated = restated(archive.read(metadata), lambda python, abi, _: f"{python}-{abi}-{plain}")
        copy_with(
            archive,
            contents,
            copy,
            changed={metadata: stated},
            only=lambda name: name in compiled or name.startswith(f"{contents.dist_info}/"),
        )
    return copy
