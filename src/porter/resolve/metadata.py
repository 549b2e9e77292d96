"""What a release says about itself: requirements, extras, Requires-Python (core metadata).

Metadata is foreign and often malformed. A requirement that cannot be read is kept apart, so
that it stops only those for whom its marker holds.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from packaging.markers import InvalidMarker, Marker
from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from porter.index.lenient import is_reasonable, meanings
from porter.index.links import read_specifier
from porter.resolve.markers import applies

# packaging reads the strings of markers by `ast.literal_eval`, in which two threads at once disturb
# each other in CPython 3.11 ("AST constructor recursion depth mismatch").
_PARSING = threading.Lock()

_PARTS = re.compile(
    # Possessive, since what a stranger writes may have any number of blanks.
    r"(?P<name>\s*+[A-Za-z0-9][A-Za-z0-9._-]*+\s*+(?:\[[^\]]*+\])?)"
    r"\s*+\(?(?P<specifier>[^;()@]*+)\)?\s*+(?P<marker>;.*)?",
    re.DOTALL,
)
_FOR_EXTRA = re.compile(r"""\bextra\s*==\s*(['"])(?P<extra>[A-Za-z0-9._-]+)\1""")
_OR = re.compile(r"\bor\b")


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
        requires_python=read_specifier(raw.get("requires_python")),
        classifiers=tuple(raw.get("classifiers", [])),
    )


@lru_cache(maxsize=65536)
def read_requirement(text: str) -> Requirement:
    """Read one requirement, its specifier as it was meant (`porter.index.lenient`).

    The same object for the same text: not to be changed. Raises
    `packaging.requirements.InvalidRequirement`.
    """
    try:
        return _parsed(text)
    except InvalidRequirement:
        for meant in _mended(text):
            with suppress(InvalidRequirement):
                return _parsed(meant)
        raise


def _mended(text: str) -> Iterator[str]:
    parts = _PARTS.fullmatch(text)
    if parts is not None:
        for specifier in meanings(parts["specifier"].strip()):
            yield f"{parts['name']} {specifier} {parts['marker'] or ''}"


def _parsed(text: str) -> Requirement:
    if not is_reasonable(text):
        raise InvalidRequirement("too long a number, or too deeply nested")
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
    """The marker; of one that cannot be read the extra it is for, if it is for no other."""
    _, separator, marker = text.partition(";")
    if not separator or not is_reasonable(marker):
        return None
    with _PARSING:
        try:
            return Marker(marker)
        except InvalidMarker:
            named = _FOR_EXTRA.search(marker)
            if named is None or _OR.search(marker):
                return None
            return Marker(f'extra == "{named["extra"]}"')
