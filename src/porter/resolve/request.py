"""What a plan is asked for, and the reading of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name

from porter.errors import UsageError
from porter.index.reference import parse_reference
from porter.model import DEFAULT_BUILD_ARCH, Architecture, Interpreter, Platform
from porter.recipes import Recipes
from porter.resolve.catalog import Catalog
from porter.resolve.markers import applies
from porter.resolve.need import pinned_version

ALL = ":all:"
"""Stands for every project in `Request.from_source`."""


class Preference(StrEnum):
    """Which of the sets of versions that satisfy everything is taken."""

    NEWEST = "newest"
    """The newest version of each, as pip takes it."""
    PORTED = "ported"
    """Those that leave the least to build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The target and how to choose for it."""

    requirements: tuple[str, ...]
    """Without credentials in addresses: a plan repeats them."""
    platform: Platform
    interpreters: tuple[Interpreter, ...] = ()
    """Empty: the recipe's, or the newest the target supports."""
    constraints: tuple[str, ...] = ()
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By requirement or constraint, as stated: the sha256 of the files that count for its
    project on the target."""
    require_hashes: bool = False
    """Nothing may be on the target whose hashes are not given."""
    prereleases: bool = False
    """Pre-releases count as any other release (on the target, not in build environments)."""
    wheels_only: frozenset[str] = frozenset()
    """Normalized names of which nothing is built for the target, or `ALL`."""
    exclude_newer: datetime | None = None
    """Files uploaded later do not exist. Has a time zone."""
    from_source: frozenset[str] = frozenset()
    """Normalized names to build even where a wheel is usable, or `ALL`."""
    prefer: Preference = Preference.NEWEST
    seconds: Mapping[NormalizedName, float] = field(default_factory=dict)
    """What the builds of projects took, for `Preference.PORTED`; a recipe's time comes second."""
    build_arch: Architecture = DEFAULT_BUILD_ARCH
    """Of the build platform: what build requirements are run on."""
    host_arch: Architecture = DEFAULT_BUILD_ARCH
    """This machine's, on which build backends are asked what they require."""
    build_glibc: tuple[int, int] = (2, 17)
    """The glibc of the oldest root that may build: what build-side wheels may ask for."""

    def wants_source(self, name: NormalizedName) -> bool:
        """Whether the user asked to build this project."""
        everything = ALL in self.from_source and name not in self.wheels_only
        return everything or name in self.from_source

    def refuses_source(self, name: NormalizedName) -> bool:
        """Whether only wheels of this project count; a name goes before `ALL`."""
        everything = ALL in self.wheels_only and name not in self.from_source
        return everything or name in self.wheels_only

    def hashes_for(self, markers: Mapping[str, str]) -> dict[NormalizedName, frozenset[str]]:
        """By project, what all statements that hold in this environment agree on."""
        merged: dict[NormalizedName, frozenset[str]] = {}
        for text, hashes in self.hashes.items():
            requirement = Requirement(text)
            if hashes and applies(requirement.marker, markers):
                name = canonicalize_name(requirement.name)
                merged[name] = merged.get(name, hashes) & hashes
        return merged


def read_requirements(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Read the user's requirements. Raises `porter.errors.UsageError` for a malformed one."""
    requirements = tuple(_read(text, "requirement") for text in texts)
    if not requirements:
        raise UsageError(
            "no requirement was given",
            hint="Name a package (numpy==1.18.5), or a file of them (-r FILE).",
        )
    return requirements


def read_constraints(texts: Iterable[str]) -> tuple[Requirement, ...]:
    """Read the user's constraints. Raises `porter.errors.UsageError`."""
    constraints = tuple(_read(text, "constraint") for text in texts)
    for constraint in constraints:
        if constraint.extras:
            raise UsageError(
                f"constraint '{constraint}' has extras; a constraint only limits versions"
            )
    return constraints


def apply_aliases(
    requirements: Iterable[Requirement],
    catalog: Catalog,
    recipes: Recipes,
    notice: Callable[[str], None],
) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    """Put the version that is meant in place of one that was never released; and say so."""
    taken, notes = [], []
    for requirement in requirements:
        meant, note = _meant(requirement, catalog, recipes)
        taken.append(meant)
        if note is not None:
            notes.append(note)
            notice(note)
    return tuple(taken), tuple(notes)


def _meant(
    requirement: Requirement, catalog: Catalog, recipes: Recipes
) -> tuple[Requirement, str | None]:
    name = canonicalize_name(requirement.name)
    version = pinned_version(requirement.specifier)
    alias = None if version is None else recipes.alias(name, version)
    if version is None or alias is None or catalog.release(name, version):
        return requirement, None
    meant = Requirement(str(requirement))
    meant.specifier = SpecifierSet(f"=={alias.version}")
    note = (
        f"{name} {version} was never released; taken as {alias.version} "
        f"(recipe {name}): {alias.reason}"
    )
    return meant, note


def _read(text: str, what: str) -> Requirement:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UsageError(
            f"malformed {what} {text!r}",
            context=str(error),
            hint="Write NAME, NAME==VERSION, 'NAME[EXTRA]>=VERSION' or 'NAME @ ADDRESS'.",
        ) from error
    if requirement.url is not None:
        parse_reference(requirement.url)
    return requirement
