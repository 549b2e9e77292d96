"""What a compiler reads of a build requirement is the target's; what Python imports is not.

A build environment for another platform holds wheels that this machine imports. Over their headers
and static libraries (``libnpymath.a``) go those of the target's wheel of the same release.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath

from porter.environment.archive import open_wheel
from porter.environment.assemble import Environment

_FOR_COMPILERS = frozenset({".a", ".h", ".hh", ".hpp", ".hxx", ".inc", ".pc", ".pxd", ".pxi"})


def overlay(environment: Environment, wheel: Path) -> None:
    """Lay the target wheel's files for compilers over an environment's.

    Raises `porter.errors.StepFailed` for a wheel that is damaged or hostile.
    """
    with open_wheel(wheel) as (archive, contents):
        for name in contents.names:
            if PurePosixPath(name).suffix in _FOR_COMPILERS and not _is_data(name):
                path = environment.site_packages / name
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, path.open("wb") as there:
                    shutil.copyfileobj(source, there)


def _is_data(name: str) -> bool:
    """Whether it lies outside of site-packages once installed (``NAME.data/``)."""
    return PurePosixPath(name).parts[0].endswith(".data")
