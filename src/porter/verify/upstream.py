"""Finds the wheel that upstream made of the same release for another platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from packaging.tags import Tag
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import IndexUnavailable
from porter.index import Project
from porter.model import File, Interpreter
from porter.resolve.metadata import read_metadata

_LINUX = re.compile(r"(manylinux\w*|linux)_(?P<arch>x86_64|aarch64|i686|ppc64le|s390x|armv7l)")


@dataclass(frozen=True, slots=True)
class Upstream:
    """What upstream's wheel holds."""

    filename: str
    names: tuple[str, ...]
    """All files in it."""
    requires: frozenset[str] | None
    """Its requirements; None where its metadata cannot be read."""
    pure_too: bool
    """Whether upstream also offers a wheel of the release without anything compiled."""
    at_home: tuple[str, ...] | None = None
    """All files in upstream's own wheel for the processor ours is for, where it has one, too."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is no wheel to compare with."""

    reason: str


class Releases(Protocol):
    """What is asked of the indexes; see `porter.index.Indexes`."""

    def project(self, name: NormalizedName) -> Project | None:
        """See `porter.index.IndexClient`."""
        ...

    def metadata(self, file: File) -> bytes | None:
        """See `porter.index.IndexClient`."""
        ...

    def contents(self, file: File) -> tuple[str, ...] | None:
        """The names of the files in a wheel, or None where they cannot be read."""
        ...


def upstream(
    name: NormalizedName, version: Version, interpreter: Interpreter, index: Releases, *, arch: str
) -> Upstream | Nothing:
    """The wheel of a release to compare with; `arch` is the processor ours is for."""
    try:
        project = index.project(name)
        files = () if project is None else project.releases.get(version, ())
        chosen = choose(files, interpreter)
        if chosen is None:
            return Nothing("no index has a wheel of this release for Linux")
        names, metadata = index.contents(chosen), index.metadata(chosen)
        same = next((file for file in files if _is_for(file, arch, interpreter)), None)
        at_home = index.contents(same) if same else None
    except IndexUnavailable as error:
        return Nothing(error.message)
    if names is None:
        return Nothing(f"the contents of {chosen.filename} cannot be read from the index")
    known = read_metadata(metadata) if metadata else None
    return Upstream(
        filename=chosen.filename,
        names=names,
        requires=frozenset(map(str, known.requirements)) if known else None,
        pure_too=any(file.is_wheel and file.is_pure for file in files),
        at_home=at_home,
    )


def choose(files: Iterable[File], interpreter: Interpreter) -> File | None:
    """The wheel for Linux whose processor and Python are the nearest to x86_64 and to this one.

    One without compiled code where upstream has no other; None where it has no wheel of use.
    """
    ranked = [
        (rank, file.filename, file)
        for file in files
        if file.is_wheel
        for rank in (_rank(tag, interpreter) for tag in file.tags)
        if rank is not None
    ]
    return min(ranked, key=lambda entry: entry[:2], default=(None, "", None))[2]


def _is_for(file: File, arch: str, interpreter: Interpreter) -> bool:
    """Whether it is a wheel for this very processor and Python."""
    return file.is_wheel and any(
        (linux := _LINUX.fullmatch(tag.platform)) is not None
        and linux["arch"] == arch
        and _rank(tag, interpreter) in {(0, 0), (1, 0)}
        for tag in file.tags
    )


def _rank(tag: Tag, interpreter: Interpreter) -> tuple[int, int] | None:
    """How far a wheel is from the one wanted: its processor, then its Python."""
    if tag.platform == "any" and tag.abi == "none":
        return (2, 0)
    linux = _LINUX.fullmatch(tag.platform)
    python = re.fullmatch(r"(?:cp|py)3(\d*)", tag.interpreter)
    if linux is None or python is None:
        return None
    minor = int(python[1] or interpreter.minor)
    serves = minor == interpreter.minor or (tag.abi == "abi3" and minor < interpreter.minor)
    distance = 0 if serves else abs(minor - interpreter.minor)
    return (int(linux["arch"] != "x86_64"), distance)
