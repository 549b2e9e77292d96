"""What a release says about itself: requirements, extras, Requires-Python (core metadata).

Metadata is foreign and often malformed. A requirement that cannot be read is kept apart, so
that it stops only those for whom its marker holds.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from porter.resolve.markers import applies

# packaging reads the strings of markers by `ast.literal_eval`, in which two threads at once disturb
# each other in CPython 3.11 ("AST constructor recursion depth mismatch").
_PARSING = threading.Lock()

# ``>=2.6.*`` was common before PEP 440 was enforced and meant ``>=2.6``; ``==`` keeps its star.
_STARRED_ORDER = re.compile(r"((?:<|>|<=|>=)\s*[0-9][0-9A-Za-z.]*?)\.\*")


@dataclass(frozen=True, slots=True)
class Broken:
    """A requirement that cannot be read, with what is known of its marker."""

    text: str
    marker: Marker | None


@dataclass(frozen=True, slots=True)
class Metadata:
    """The part of a release's core metadata that decides a resolution."""

    requirements: tuple[Requirement, ...] = ()
    broken: tuple[Broken, ...] = ()
    extras: frozenset[NormalizedName] = frozenset()
    requires_python: SpecifierSet | None = None
    classifiers: tuple[str, ...] = ()

    def active(self, environment: Mapping[str, str], extra: str = "") -> tuple[Requirement, ...]:
        """Requirements that hold here; with an extra, only those that this extra adds."""
        if not extra:
            return tuple(r for r in self.requirements if applies(r.marker, environment))
        return tuple(
            r
            for r in self.requirements
            if applies(r.marker, environment, extra) and not applies(r.marker, environment)
        )

    def unreadable(self, environment: Mapping[str, str], extra: str = "") -> tuple[str, ...]:
        """Broken requirements whose marker holds here (or cannot be read either)."""
        return tuple(b.text for b in self.broken if applies(b.marker, environment, extra))


def read_metadata(data: bytes) -> Metadata:
    """Read METADATA or PKG-INFO; never raises, whatever the bytes are."""
    raw, _ = parse_email(data)
    requirements, broken = _read_requirements(raw.get("requires_dist", []))
    return Metadata(
        requirements=requirements,
        broken=broken,
        extras=frozenset(canonicalize_name(extra) for extra in raw.get("provides_extra", [])),
        requires_python=_specifier(raw.get("requires_python", "")),
        classifiers=tuple(raw.get("classifiers", [])),
    )


@lru_cache(maxsize=65536)
def read_requirement(text: str) -> Requirement:
    """Read one requirement, mending the star after an ordered comparison.

    The same object for the same text: not to be changed. Raises
    `packaging.requirements.InvalidRequirement`.
    """
    try:
        return _parsed(text)
    except InvalidRequirement:
        mended = _STARRED_ORDER.sub(r"\1", text)
        if mended == text:
            raise
        return _parsed(mended)


def _parsed(text: str) -> Requirement:
    with _PARSING:
        return Requirement(text)


def _read_requirements(
    texts: Iterable[str],
) -> tuple[tuple[Requirement, ...], tuple[Broken, ...]]:
    requirements, broken = [], []
    for text in texts:
        try:
            requirements.append(read_requirement(text))
        except InvalidRequirement:
            broken.append(Broken(text, _marker_of(text)))
    return tuple(requirements), tuple(broken)


def _marker_of(text: str) -> Marker | None:
    _, separator, marker = text.partition(";")
    if not separator:
        return None
    try:
        with _PARSING:
            return Marker(marker)
    except InvalidMarker:
        return None


def _specifier(text: str) -> SpecifierSet | None:
    try:
        return SpecifierSet(text) if text else None
    except InvalidSpecifier:
        return None
