"""What a distribution's file name says: its kind, version, tags.

Names of wheels follow the binary distribution format
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/), names of
sdists only since PEP 625: older ones have dashes in the project's name or in the version, so the
project asked for decides where the version begins.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import prod
from typing import NamedTuple

from packaging.tags import Tag, parse_tag
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

MOST_TAGS = 1000
"""Tags one file name may stand for: a hundred characters can state thirty thousand."""
SDIST_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz")

_SEPARATOR = re.compile(r"[-_.]+")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
_BUILD = re.compile(r"(\d+)(.*)")

read_version = lru_cache(maxsize=65536)(Version)
"""A version out of its text; raises `packaging.version.InvalidVersion`."""
_tags = lru_cache(maxsize=8192)(parse_tag)
_canonical = lru_cache(maxsize=8192)(canonicalize_name)


class ParsedName(NamedTuple):
    """A file name, understood. `tags` and `build` are empty for an sdist."""

    version: Version
    tags: frozenset[Tag] = frozenset()
    build: tuple[int, str] | tuple[()] = ()


def parse_filename(filename: str, project: NormalizedName) -> ParsedName | None:
    """Understand a file of `project`; None for other projects' files and for other formats.

    Eggs, Windows installers and names that could leave a folder (separators, ``..``) are None too.
    """
    if not is_safe(filename):
        return None
    try:
        if filename.endswith(".whl"):
            return _parse_wheel(filename, project)
        return _parse_sdist(filename, project)
    except ValueError:  # a version or a tag that is none
        return None


def is_safe(filename: str) -> bool:
    """Whether it is one plain component of a path, in the characters such names are made of."""
    return len(filename) <= 255 and ".." not in filename and bool(_SAFE.fullmatch(filename))


def _parse_wheel(filename: str, project: NormalizedName) -> ParsedName | None:
    parts = filename[:-4].split("-")
    if len(parts) not in (5, 6) or _canonical(parts[0]) != project:
        return None
    build: tuple[int, str] | tuple[()] = ()
    if len(parts) == 6:
        match = _BUILD.fullmatch(parts[2])
        if match is None:
            return None
        build = (int(match[1]), match[2])
    if prod(part.count(".") + 1 for part in parts[-3:]) > MOST_TAGS:
        return None
    # Old tools wrote "_" for "-" in a version: 1.0_1 is 1.0-1.
    version = read_version(parts[1].replace("_", "-") if "+" not in parts[1] else parts[1])
    return ParsedName(version, _tags("-".join(parts[-3:])), build)


def _parse_sdist(filename: str, project: NormalizedName) -> ParsedName | None:
    ending = next((e for e in SDIST_ENDINGS if filename.endswith(e)), None)
    if ending is None:
        return None
    stem = filename[: -len(ending)]
    # The version begins after any separator before which stands the project's name; the first
    # such place wins, since a name never ends in its own separator.
    for match in _SEPARATOR.finditer(stem):
        if _canonical(stem[: match.start()]) == project:
            return ParsedName(read_version(stem[match.end() :]))
    return None
