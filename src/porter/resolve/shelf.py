"""The releases of a project as one runtime sees them: which wheel, which sdist, in which order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.model import File, Interpreter
from porter.resolve.catalog import Catalog
from porter.resolve.metadata import Metadata
from porter.resolve.runtime import Runtime, is_local


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """One release, judged for one runtime. Compared by identity: a shelf makes each once."""

    name: NormalizedName
    version: Version
    wheel: File | None
    """The best wheel the runtime can use."""
    sdist: File | None
    proxies: tuple[File, ...]
    """Wheels for other platforms or interpreters, the likeliest to carry the same metadata
    first."""
    yanked: str | None
    """Why all of its files were yanked, or None."""

    @property
    def is_usable(self) -> bool:
        """Whether there is something to install or to build."""
        return self.wheel is not None or self.sdist is not None


def source_alone(file: File) -> Offer:
    """A release that is known by its source only."""
    return Offer(file.name, file.version, wheel=None, sdist=file, proxies=(), yanked=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which files count, by the day they were uploaded."""

    exclude_newer: datetime | None = None
    """The user's: a file uploaded later does not exist. So is one that gives no day, unless it
    lies on this machine or was asked for by its address."""
    as_of: datetime | None = None
    """The era's: a release whose first file came later does not exist. Later wheels of an older
    release do."""
    late: Mapping[NormalizedName, datetime] = field(default_factory=dict)
    """By project: a later day than the era's, for it alone."""

    def admits(self, file: File) -> bool:
        """Whether the file was there on the user's day."""
        if self.exclude_newer is None or file.direct or is_local(file):
            return True
        return file.upload_time is not None and file.upload_time <= self.exclude_newer

    def was_out(self, name: NormalizedName, files: Collection[File]) -> bool:
        """Whether a release with these files was out on the era's day."""
        if self.as_of is None or any(is_local(file) for file in files):
            return True
        day = _day(files)
        return day is not None and day <= max(self.as_of, self.late.get(name, self.as_of))


def _day(files: Iterable[File]) -> datetime | None:
    """When a release with these files came out; None where no file gives a day."""
    return min((f.upload_time for f in files if f.upload_time is not None), default=None)


def _refuses_nothing(_name: NormalizedName) -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Shelf:
    """All a resolver may choose from, read from the index once and kept."""

    catalog: Catalog
    runtime: Runtime
    window: Window = Window()
    wheels_first: bool = False
    """Prefer any version with a usable wheel to any without (build environments)."""
    wheels_only: frozenset[NormalizedName] = frozenset()
    """Projects of which only releases with a usable wheel count."""
    refuses_source: Callable[[NormalizedName], bool] = _refuses_nothing
    """Says the same of projects that the user named."""
    hashes: Mapping[NormalizedName, frozenset[str]] = field(default_factory=dict)
    """By project: the sha256 of the only files that count."""
    prereleases: bool = False
    """Whether pre-releases count as any other release."""
    execute: Callable[[Offer], Metadata | None] | None = None
    """Finds out what a release requires by running its source, where no file tells; remembers what
    it found. Asked for releases that a resolution looks at, never ahead."""
    foresee: Callable[[Offer], None] | None = None
    """Begins to read for what comes after the resolution, of a release that will most likely be in
    its answer."""
    _versions: dict[NormalizedName, tuple[Version, ...]] = field(default_factory=dict, init=False)
    """The newest first."""
    _offers: dict[tuple[NormalizedName, Version], Offer | None] = field(
        default_factory=dict, init=False
    )

    def knows(self, name: NormalizedName) -> bool:
        """Whether any index has the project."""
        return self.catalog.releases(name) is not None

    def versions(self, name: NormalizedName) -> tuple[Version, ...]:
        """All versions any file has, the newest first; empty for a project no index knows.

        Raises `porter.errors.IndexUnavailable`.
        """
        if name not in self._versions:
            self._versions[name] = tuple(sorted(self.catalog.releases(name) or (), reverse=True))
        return self._versions[name]

    def offers(
        self, name: NormalizedName, versions: Iterable[Version] | None = None
    ) -> Iterator[Offer]:
        """Releases, the preferred first: the newest, but those without wheel and sdist last.

        `versions`, the newest first, are those to judge instead of all: each is judged when its
        turn comes, so that whoever takes the first needs not wait for all. Raises
        `porter.errors.IndexUnavailable`.
        """
        lesser = []
        for version in self.versions(name) if versions is None else versions:
            offer = self._offer(name, version)
            if offer is not None and self._is_first_choice(offer):
                yield offer
            elif offer is not None:
                lesser.append(offer)
        yield from sorted(lesser, key=self._preference, reverse=True)

    def metadata(self, offer: Offer) -> Metadata:
        """What the release requires; nothing where that cannot be known."""
        found = self.stated(offer)
        if found is None and self.execute is not None:
            found = self.execute(offer)
        return found or Metadata()

    def stated(self, offer: Offer) -> Metadata | None:
        """What the release's files say it requires; None where they do not."""
        known = (self.catalog.metadata(file) for file in _readable(offer))
        return next((metadata for metadata in known if metadata is not None), None)

    def day(self, offer: Offer) -> datetime | None:
        """When the release came out; None where the index does not tell."""
        return _day(self._admitted(offer.name, offer.version))

    def trusts(self, file: File) -> bool:
        """Whether the file is among those whose hashes were given, if any were."""
        wanted = self.hashes.get(file.name)
        return wanted is None or file.sha256 in wanted

    def is_wheels_only(self, name: NormalizedName) -> bool:
        """Whether nothing of this project is built."""
        return name in self.wheels_only or self.refuses_source(name)

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Have the index fetch these projects together."""
        self.catalog.expect(names)

    def _offer(self, name: NormalizedName, version: Version) -> Offer | None:
        key = (name, version)
        if key not in self._offers:
            files = self._admitted(name, version)
            offer = self._judge(files) if self.window.was_out(name, files) else None
            # Two threads may have judged it: offers are told apart by identity, so the first stays.
            return self._offers.setdefault(key, offer)
        return self._offers[key]

    def _admitted(self, name: NormalizedName, version: Version) -> list[File]:
        files = self.catalog.release(name, version)
        return [file for file in files if self.window.admits(file) and self.trusts(file)]

    def _judge(self, files: list[File]) -> Offer | None:
        """Judge one release; None when every file of it refuses the interpreter."""
        allowed = [file for file in files if self.runtime.allows(file)]
        standing = [file for file in allowed if file.yanked is None] or allowed
        if not standing:
            return None
        wheels = sorted((f for f in standing if f.is_wheel), key=self._fitness)
        usable = next((f for f in wheels if self.runtime.rank(f) is not None), None)
        if usable is None and self.is_wheels_only(standing[0].name):
            return None
        sdists = sorted((f for f in standing if not f.is_wheel), key=_sdist_preference)
        return Offer(
            name=standing[0].name,
            version=standing[0].version,
            wheel=usable,
            sdist=next(iter(sdists), None),
            proxies=tuple(f for f in wheels if self.runtime.rank(f) is None),
            yanked=standing[0].yanked,
        )

    def _is_first_choice(self, offer: Offer) -> bool:
        return offer.wheel is not None or (offer.is_usable and not self.wheels_first)

    def _preference(self, offer: Offer) -> tuple[bool, bool, Version]:
        return (offer.is_usable, self.wheels_first and offer.wheel is not None, offer.version)

    def _fitness(self, file: File) -> tuple[object, ...]:
        """Sort key: usable by rank (a higher build number first), then the likeliest proxy."""
        rank = self.runtime.rank(file)
        if rank is not None:
            number, rest = file.build or (-1, "")
            return (0, rank, -number, rest, file.filename)
        on_linux = any("linux" in tag.platform for tag in file.tags)
        return (1, _distance(file, self.runtime.interpreter), not on_linux, 0, file.filename)


def _distance(file: File, interpreter: Interpreter) -> int:
    """How far a wheel's interpreters are from ours, in minor versions.

    Old sources wrote into a wheel what the Python that built it needs.
    """
    here = interpreter.minor
    found = (re.fullmatch(r"(?:cp|py)3(\d*)", tag.interpreter) for tag in file.tags)
    return min((abs(int(m[1] or here) - here) for m in found if m), default=_NO_PYTHON_3)


def _sdist_preference(file: File) -> tuple[int, str]:
    """``.tar.gz`` is the standard's format (PEP 517); ``.zip`` what else old releases used."""
    endings = (".tar.gz", ".zip")
    place = next((i for i, end in enumerate(endings) if file.filename.endswith(end)), len(endings))
    return (place, file.filename)


def _readable(offer: Offer) -> Iterator[File]:
    if offer.wheel is not None:
        yield offer.wheel
    yield from offer.proxies[:_PROXIES_TRIED]
    if offer.sdist is not None:
        yield offer.sdist


# One proxy nearly always answers; a project with 50 wheels whose metadata all fail should not
# cost 50 requests.
_PROXIES_TRIED = 3
_NO_PYTHON_3 = 1000
