"""Build requirements, resolved as of the day for which the source was written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import ResolutionError
from porter.model import Interpreter
from porter.recipes import Recipe
from porter.resolve.markers import applies
from porter.resolve.metadata import read_requirement
from porter.resolve.need import Need, needs_of, parted
from porter.resolve.shelf import Offer, Shelf, Window
from porter.resolve.solve import Solution, solve
from porter.resolve.source import BuildSystem, SourceError

GRACE = timedelta(days=30)
"""After a source or an interpreter came out, its build tools were mended for it within weeks: the
wheels of Cython and NumPy for a new CPython follow its release, and so do setuptools' fixes."""
# Nothing keeps an index from the year 9999, after which no day can be told.
_LATEST = datetime(9000, 1, 1, tzinfo=UTC)
_FURTHER = timedelta(days=180)
_STEPS = 20
"""Where the era itself has no answer, these many later days are tried, so far apart, before the
present is taken: the nearest tools that can be had are the likeliest to serve (the alphas that
gevent 20.9.0 wants of Cython 3.0 have left the index; its first beta came two years later)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnvironment:
    """All a port's build environment consists of."""

    solution: Solution
    warnings: tuple[str, ...] = ()


def cutoff(uploaded: datetime | None, interpreter: Interpreter) -> datetime | None:
    """The day as of which build requirements are resolved; None when the source gives no day.

    The later of the source's upload and the interpreter's first release, plus `GRACE`: build
    tools older than the interpreter cannot know it.
    """
    if uploaded is None:
        return None
    return min(max(uploaded, interpreter.first_release), _LATEST) + GRACE


def build_requirements(
    system: BuildSystem, recipe: Recipe | None, markers: Mapping[str, str]
) -> tuple[Requirement, ...]:
    """What has to be there to build: the source's list, changed by the recipe, where it applies.

    setuptools' backend asked for wheel by its hook until it had its own ``bdist_wheel`` (70.1).
    Raises `SourceError` for a requirement that cannot be read or names a URL.
    """
    texts = [*system.requires, *(("wheel",) if system.is_setuptools else ())]
    stated = [r for text in dict.fromkeys(texts) if applies((r := _read(text)).marker, markers)]
    if recipe is None:
        return tuple(stated)
    changes = recipe.rules.build_requires
    replaced = {canonicalize_name(name): text for name, text in changes.replace.items()}
    kept = [r for r in stated if canonicalize_name(r.name) not in replaced]
    added = [_read(text) for text in (*filter(None, replaced.values()), *changes.add)]
    return tuple(kept + [r for r in added if applies(r.marker, markers)])


def build_environment(
    requirements: Iterable[Requirement],
    *,
    shelf: Shelf,
    as_of: datetime | None,
    recipe: Recipe | None,
    runs_with: Mapping[NormalizedName, Version],
) -> BuildEnvironment:
    """Resolve a build environment for the shelf's runtime, as of the era.

    What is built against a release of `runs_with` or an earlier one runs with it; with a later one
    it may not, so that none is taken where the requirements allow it. A project that has no release
    for them on the era's day is taken as of the first day that has one, alone; where the era has no
    answer for another reason, a later day is taken for all. Both with a warning. Raises
    `porter.errors.ResolutionError` when the present has none either.
    """
    needs = [need for requirement in requirements for need in needs_of(requirement)]
    constraints = _caps(recipe)
    for need in needs:
        runs = runs_with.get(need.name)
        if runs is not None and need.admits(runs):
            held = constraints.get(need.name, SpecifierSet())
            constraints[need.name] = held & SpecifierSet(f"<={runs}")
    for window in _windows(needs, constraints, shelf, as_of):
        try:
            solution = solve(needs, replace(shelf, window=window), constraints)
        except ResolutionError:
            if window.as_of is None:
                raise
        else:
            return BuildEnvironment(solution=solution, warnings=tuple(_warnings(window, as_of)))
    raise AssertionError("the last window is the present's, which answers or raises")


def _windows(
    needs: Iterable[Need],
    constraints: Mapping[NormalizedName, SpecifierSet],
    shelf: Shelf,
    as_of: datetime | None,
) -> Iterator[Window]:
    """The era's, then later ones, the present's last."""
    present = Window(exclude_newer=shelf.window.exclude_newer)
    if as_of is not None:
        dated = replace(present, as_of=as_of)
        yield dated
        late = _late(needs, constraints, then=replace(shelf, window=dated), ever=shelf)
        dated = replace(dated, late=late)
        if late:
            yield dated
        yield from (replace(dated, as_of=as_of + n * _FURTHER) for n in range(1, _STEPS + 1))
    yield present


def _late(
    needs: Iterable[Need],
    constraints: Mapping[NormalizedName, SpecifierSet],
    *,
    then: Shelf,
    ever: Shelf,
) -> dict[NormalizedName, datetime]:
    """The projects that have no release for their needs on the era's day, with the first that has.

    Some came when the source was there already (the wheels of SWIG; the setuptools that PEP 517's
    defaults ask for). That they are missing says nothing of the day of the others.
    """
    wanted: dict[NormalizedName, SpecifierSet] = {}
    for need in needs:
        asked = wanted.get(need.name, constraints.get(need.name, SpecifierSet()))
        wanted[need.name] = asked & need.specifier
    days = {
        name: _first_day(name, specifier, ever)
        for name, specifier in wanted.items()
        if next(_usable(name, specifier, then), None) is None
    }
    return {name: day for name, day in days.items() if day is not None}


def _first_day(name: NormalizedName, specifier: SpecifierSet, shelf: Shelf) -> datetime | None:
    found = (shelf.day(offer) for offer in _usable(name, specifier, shelf))
    return min((day for day in found if day is not None), default=None)


def _usable(name: NormalizedName, specifier: SpecifierSet, shelf: Shelf) -> Iterator[Offer]:
    """The releases that a resolution would choose among."""
    for part in parted(shelf.versions(name), specifier):
        found = [o for o in shelf.offers(name, part) if o.is_usable and o.yanked is None]
        if found:
            yield from found
            return


def _warnings(window: Window, as_of: datetime | None) -> Iterator[str]:
    if window.as_of != as_of:
        taken = "the present" if window.as_of is None else f"{window.as_of:%Y-%m-%d}"
        yield f"no build environment as of {as_of:%Y-%m-%d}; taken as of {taken}"
    for name, day in sorted(window.late.items()):
        if window.as_of is not None and day > window.as_of:
            yield f"{name}: none as of {as_of:%Y-%m-%d}; taken from {day:%Y-%m-%d}"


def _caps(recipe: Recipe | None) -> dict[NormalizedName, SpecifierSet]:
    caps = {} if recipe is None else recipe.rules.build_requires.cap
    return {canonicalize_name(name): SpecifierSet(cap) for name, cap in caps.items()}


def _read(text: str) -> Requirement:
    try:
        requirement = read_requirement(text)
    except InvalidRequirement as error:
        raise SourceError(f"build requirement {text!r} cannot be read: {error}") from error
    if requirement.url is not None:
        raise SourceError(f"build requirement {text!r} names a URL; give another in a recipe")
    return requirement
