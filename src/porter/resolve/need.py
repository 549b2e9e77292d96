"""What a resolution is asked for: needs, and the obstacles that no candidate can meet."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from porter.errors import UsageError
from porter.index.reference import parse_reference
from porter.index.urls import shown
from porter.resolve.markers import applies
from porter.resolve.shelf import Offer

OBSTACLE = "<obstacle>"


@dataclass(frozen=True, slots=True)
class Need:
    """A project, one of its extras or none, and the versions that will do."""

    name: NormalizedName
    extra: str
    """Empty for the project itself."""
    specifier: SpecifierSet
    text: str
    """As it was stated, without its marker."""

    @property
    def key(self) -> str:
        """Needs with the same key are met by the same candidate."""
        return f"{self.name}[{self.extra}]" if self.extra else self.name

    def admits(self, version: Version) -> bool:
        """Whether a version will do; pre-releases are judged elsewhere."""
        return self.specifier.contains(version, prereleases=True)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A reason why a candidate cannot serve at all; nothing ever meets it."""

    text: str
    """Completes "NAME VERSION …": ``needs Python >=3.10, not 3.9``."""

    @property
    def key(self) -> str:
        """All obstacles share one."""
        return OBSTACLE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A release, as itself or as one of its extras."""

    offer: Offer
    extra: str = ""

    @property
    def name(self) -> NormalizedName:
        """The project."""
        return self.offer.name

    @property
    def key(self) -> str:
        """The key of the needs it may meet."""
        return f"{self.name}[{self.extra}]" if self.extra else self.name

    def __str__(self) -> str:
        return f"{self.key} {self.offer.version}"


def needs_of(requirement: Requirement) -> tuple[Need, ...]:
    """The project itself and one need per extra.

    An address is no part of a need: the catalog has pinned the project to it, or it is refused.
    """
    name = canonicalize_name(requirement.name)
    text = stated(requirement)
    extras = sorted({canonicalize_name(extra) for extra in requirement.extras})
    return tuple(Need(name, extra, requirement.specifier, text) for extra in ("", *extras))


def stated(requirement: Requirement) -> str:
    """A requirement without its marker: ``h5py[mpi]<=2.10``, ``h5py @ https://…``."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    address = f" @ {_address(requirement.url)}" if requirement.url else ""
    return f"{requirement.name}{extras}{requirement.specifier}{address}"


def _address(url: str) -> str:
    try:
        return str(parse_reference(url))
    except UsageError:
        return shown(url)


def merged(
    requirements: Iterable[Requirement], markers: Mapping[str, str]
) -> dict[NormalizedName, SpecifierSet]:
    """What those of the requirements that apply say together of each project's version."""
    found: dict[NormalizedName, SpecifierSet] = {}
    for requirement in requirements:
        if applies(requirement.marker, markers):
            name = canonicalize_name(requirement.name)
            found[name] = found.get(name, SpecifierSet()) & requirement.specifier
    return found


def pinned_version(specifier: SpecifierSet) -> Version | None:
    """The one version a specifier names with ``==`` (no star) or ``===``, or None."""
    for clause in specifier:
        if clause.operator in ("==", "===") and not clause.version.endswith(".*"):
            try:
                return Version(clause.version)
            except InvalidVersion:  # === compares strings; such a one is no release of ours
                return None
    return None


def admitted(
    versions: Iterable[Version], specifier: SpecifierSet, *, prereleases: bool = False
) -> frozenset[Version]:
    """The versions a specifier admits.

    Pre-releases if they are asked for, if the specifier names one, or if nothing else matches.
    """
    parts = parted(tuple(versions), specifier, prereleases=prereleases)
    return next(filter(None, map(frozenset, parts)), frozenset())


def parted(
    versions: Collection[Version], specifier: SpecifierSet, *, prereleases: bool = False
) -> Iterator[Iterator[Version]]:
    """The same in the versions' order, in parts: the first that has any counts."""
    contains = partial(specifier.contains, prereleases=True)
    if prereleases or specifier.prereleases:
        yield filter(contains, versions)
    else:
        yield (v for v in versions if not v.is_prerelease and contains(v))
        yield (v for v in versions if v.is_prerelease and contains(v))
