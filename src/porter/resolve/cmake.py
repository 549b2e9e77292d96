"""CMake, for a setup.py that runs it and expects it to be there.

The PyPA's images have one among their programs, so that nobody who builds in them misses it in
``build-system.requires`` (dlib and pybase64 do not ask for it). Where it is missing, some build
without their extension. The index has wheels of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from porter.resolve.metadata import read_requirement

REQUIREMENT = "cmake"

# The first word of a command, or scikit-build, which drives it.
_RUNS = re.compile(rb"""["']cmake["']|^[ \t]*(?:from|import)[ \t]+skbuild\b""", re.MULTILINE)


def runs_cmake(setup: bytes) -> bool:
    """Whether a setup.py looks like one that runs CMake."""
    return _RUNS.search(setup) is not None


def asks_for_cmake(requires: Iterable[str]) -> bool:
    """Whether CMake is among build requirements; those that cannot be read are passed over."""
    return any(_name(text) == REQUIREMENT for text in requires)


def _name(text: str) -> str | None:
    try:
        return canonicalize_name(read_requirement(text).name)
    except InvalidRequirement:
        return None
