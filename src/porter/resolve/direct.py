"""Projects that are asked for by address: each is pinned to the one file its address names.

As with pip, an address goes before all indexes, for the target only: build environments are made
of what the indexes have. As with uv, an address counts where the user wrote it (as a requirement or
a constraint) or where a package that came by address itself asks for it; a package of an index
cannot bring addresses along. Addresses of this machine count only where the user wrote them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import ResolutionError, StepFailed, UsageError
from porter.index.coremetadata import MetadataError
from porter.index.filenames import parse_filename
from porter.index.identity import Identity, identity_of, newest_member
from porter.index.protocol import Located
from porter.index.reference import Reference, parse_reference
from porter.index.urls import shown
from porter.model import DIRECT, File
from porter.resolve.catalog import Catalog, Pin
from porter.resolve.metadata import Metadata

Ask = Callable[[File], Identity]
"""A source's name and version by its build backend. Raises `porter.errors.StepFailed`."""
Tell = Callable[[File], Metadata]
"""What a file requires."""


@dataclass(slots=True, kw_only=True)
class Pinning:
    """Finds out which files the addresses of one resolution name."""

    catalog: Catalog
    markers: Mapping[str, str]
    ask: Ask
    tell: Tell
    pins: dict[NormalizedName, Pin] = field(default_factory=dict, init=False)

    def pin(self, requirements: Iterable[Requirement]) -> dict[NormalizedName, Pin]:
        """The files of all requirements with an address, and of those that these ask for.

        Raises `porter.errors.ResolutionError` for an address that is not there, is not what its
        requirement says, or contradicts another of the same project; errors as `Locator.locate`.
        """
        waiting = deque(r for r in requirements if r.url is not None)
        seen: set[tuple[NormalizedName, frozenset[str]]] = set()
        while waiting:
            requirement = waiting.popleft()
            pin = self._pin(requirement)
            asked = (pin.file.name, frozenset(requirement.extras))
            if asked not in seen:
                seen.add(asked)
                waiting.extend(self._further(requirement, pin.file))
        return self.pins

    def _pin(self, requirement: Requirement) -> Pin:
        name, reference = (
            canonicalize_name(requirement.name),
            parse_reference(requirement.url or ""),
        )
        known = self.pins.get(name)
        if known is not None and not known.reference.same_as(reference):
            raise ResolutionError(
                f"{name} is asked for at two addresses",
                context=f"{shown(str(known.reference))}\n{shown(str(reference))}",
                hint="Leave one of them.",
            )
        if known is None:
            file = file_at(name, reference, catalog=self.catalog, ask=self.ask)
            known = self.pins[name] = Pin(reference, file)
        return known

    def _further(self, requirement: Requirement, file: File) -> Iterator[Requirement]:
        """What the file asks for by address, with the extras that are wanted of it."""
        told = self.tell(file)
        for extra in ("", *sorted(map(canonicalize_name, requirement.extras))):
            for further in told.active(self.markers, extra):
                if further.url is not None and _may_ask(further.url):
                    yield further


def _may_ask(url: str) -> bool:
    try:
        return parse_reference(url).may_come_from_a_package
    except UsageError:
        return False


def static_pins(requirements: Iterable[Requirement], catalog: Catalog) -> dict[NormalizedName, Pin]:
    """The pins for which nothing has to be run; of two for one project, the first."""
    pins: dict[NormalizedName, Pin] = {}
    for requirement in requirements:
        if requirement.url is None:
            continue
        name, reference = canonicalize_name(requirement.name), parse_reference(requirement.url)
        try:
            pins.setdefault(
                name, Pin(reference, file_at(name, reference, catalog=catalog, ask=_unasked))
            )
        except _Unasked:
            continue
    return pins


class _Unasked(Exception):
    """Only a build backend could tell."""


def _unasked(_source: File) -> Identity:
    raise _Unasked


def file_at(name: NormalizedName, reference: Reference, *, catalog: Catalog, ask: Ask) -> File:
    """The file of a project at an address, checked to be the project's.

    Raises `porter.errors.ResolutionError`, and as `Locator.locate`.
    """
    located = locate(reference, catalog)
    try:
        if located.path.name.endswith(".whl"):
            return _wheel(name, located)
        return _source(name, located, ask)
    except (MetadataError, StepFailed) as error:
        raise ResolutionError(f"{shown(str(reference))} cannot be used: {error}") from error


def locate(reference: Reference, catalog: Catalog) -> Located:
    """Fetch it; what is wrong with it is a `porter.errors.ResolutionError`."""
    try:
        return catalog.locate(reference)
    except StepFailed as failure:
        raise ResolutionError(failure.reason, context=failure.context, hint=failure.hint) from None


def _wheel(name: NormalizedName, located: Located) -> File:
    parsed = parse_filename(located.path.name, name)
    if parsed is None:
        raise MetadataError(f"it is no wheel of {name}")
    return _file(name, parsed.version, located)


def _source(name: NormalizedName, located: Located, ask: Ask) -> File:
    known = identity_of(located.path)
    if known.version is None:
        known = ask(_file(name, Version("0"), located))
    if known.name not in (name, None):
        raise MetadataError(f"it is {known.name}, not {name}")
    if known.version is None:
        raise MetadataError("nothing tells its version")
    return _file(name, known.version, located)


def _file(name: NormalizedName, version: Version, located: Located) -> File:
    path, reference = located.path, located.reference
    parsed = parse_filename(path.name, name)
    is_wheel = path.name.endswith(".whl")
    return File(
        index=DIRECT,
        filename=path.name,
        url=str(reference),
        name=name,
        version=version,
        sha256=reference.sha256,
        size=path.stat().st_size,
        upload_time=None if is_wheel else newest_member(path),
        tags=parsed.tags if is_wheel and parsed is not None else frozenset(),
        build=parsed.build if is_wheel and parsed is not None else (),
        direct=True,
    )
