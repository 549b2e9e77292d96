"""Plans: made from requirements, or read from a file."""

from __future__ import annotations

import os
import platform as host_platform
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from porter.config import Workspace, cache_folder
from porter.errors import ResolutionError, UsageError
from porter.graph import decode, default_name, encode, encode_pylock, is_lock_name
from porter.index import Indexes, discover, strip_credentials
from porter.model import (
    ARCHITECTURES,
    BY_THE_TARGET,
    DEFAULT_BUILD_ARCH,
    Architecture,
    Interpreter,
    Plan,
    Platform,
)
from porter.recipes import Recipes
from porter.requirements import LineError, RequirementFiles, named, read_files
from porter.resolve import Hooks, Preference, Question, Request
from porter.resolve import plan as make_plan

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person wants ported, as they wrote it."""

    requirements: tuple[str, ...] = ()
    requirement_files: tuple[Path, ...] = ()
    constraint_files: tuple[Path, ...] = ()
    pythons: tuple[str, ...] = ()
    arch: str = "aarch64"
    policy: str = "manylinux2014"
    exclude_newer: datetime | None = None
    from_source: tuple[str, ...] = ()
    prefer: str = "newest"
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    offline: bool = False
    """Nothing is asked for over a network."""
    refresh: bool = False
    """Index pages are asked for again, however fresh they are."""

    @property
    def is_plan(self) -> bool:
        """Whether a plan file stands in the place of requirements."""
        return len(self.requirements) == 1 and self.requirements[0].endswith(".json")


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, its file, and the bytes that stand in it."""

    plan: Plan
    path: Path
    encoded: bytes
    lock: bytes | None = None
    """The target as a pylock.toml, where that was asked for."""


def plan(  # noqa: PLR0913 - keyword-only; as many options as `porter plan` has
    selection: Selection,
    *,
    workspace: Path,
    output: Path | None = None,
    lock: bool = False,
    engine: str = "auto",
    strategy: str = "auto",
    notice: Notice,
) -> Planned:
    """Resolve, classify and write a plan (to graphs/NAME.json unless told otherwise).

    With `lock`, or an `output` called pylock.toml (or pylock.NAME.toml), its target is made a lock
    file too; it is written to such an `output`, and the plan to graphs/. Build backends that have
    to be asked are run in a sandbox of the engine. A `strategy` that has the target's programs
    build has build requirements planned for the target.
    """
    place = Workspace(workspace)
    lock_path = output if output is not None and is_lock_name(output) else None
    recipes = Recipes.load(place.recipes)
    stated = _stated(selection)
    for option in stated.files.unheeded:
        notice(f"{option} has no meaning for porter, and is not heeded")
    request = _request(selection, stated, place, strategy)

    def resolved(index: Indexes) -> tuple[Plan, bytes | None]:
        asked = _LateHooks(engine, notice, refresh=selection.refresh)
        made = make_plan(request, index, recipes, notice=notice, hooks=asked)
        return made, _locked(made, index, recipes) if lock or lock_path else None

    try:
        with closing(indexes(selection, notice)) as index:
            made, locked = resolved(index)
    except ResolutionError:
        if not index.reused_pages or selection.offline:
            raise
        notice("no answer from the index pages at hand: asking the index again")
        with closing(indexes(replace(selection, refresh=True), notice)) as index:
            made, locked = resolved(index)
    stems = (path.stem for path in selection.requirement_files)
    default = place.graphs / default_name((*stated.named, *stems), made.target.platform)
    path = default if lock_path or output is None else output
    encoded = encode(made)
    write_whole(path, encoded)
    if lock_path is not None and locked is not None:
        write_whole(lock_path, locked)
    return Planned(made, path, encoded, locked)


class _LateHooks:
    """Build backends' hooks; what runs them is imported when the first question comes."""

    def __init__(self, engine: str, notice: Notice, *, refresh: bool) -> None:
        self._engine = engine
        self._notice = notice
        self._refresh = refresh

    @cached_property
    def _hooks(self) -> Hooks:
        from porter.app.hooking import hooks

        return hooks(self._engine, self._notice, refresh=self._refresh)

    def requires_for_build(self, question: Question) -> tuple[str, ...]:
        return self._hooks.requires_for_build(question)

    def metadata(self, question: Question) -> bytes:
        return self._hooks.metadata(question)


def _locked(made: Plan, index: Indexes, recipes: Recipes) -> bytes:
    from porter.app.addresses import Addresses

    return encode_pylock(made, Addresses(index, recipes))


def read_plan(path: Path) -> Planned:
    """Read a plan file.

    Raises:
        UsageError: it is missing, or is not a plan this porter understands.
    """
    try:
        encoded = path.read_bytes()
    except OSError as error:
        raise UsageError(f"plan {path} cannot be read: {error.strerror}") from error
    return Planned(decode(encoded, str(path)), path, encoded)


@dataclass(frozen=True, slots=True)
class _Stated:
    """What a selection asks for, from the command line and from files."""

    named: tuple[str, ...]
    """The command line's requirements. Nothing here holds credentials but `credentials`."""
    files: RequirementFiles
    credentials: Mapping[str, tuple[str, str]]


def _stated(selection: Selection) -> _Stated:
    """Raises `porter.errors.UsageError` for what cannot be read."""
    files = read_files(selection.requirement_files, selection.constraint_files, environ=os.environ)
    credentials: dict[str, tuple[str, str]] = {}

    def bare(text: str) -> str:
        stripped, found = strip_credentials(text)
        credentials.update(found)
        return stripped

    files.requirements = [replace(s, text=bare(s.text)) for s in files.requirements]
    files.constraints = [replace(s, text=bare(s.text)) for s in files.constraints]
    return _Stated(tuple(bare(_named(t)) for t in selection.requirements), files, credentials)


def _named(text: str) -> str:
    try:
        return named(text)
    except LineError as error:
        raise UsageError(error.text, hint=error.hint) from error


def _request(selection: Selection, asked: _Stated, place: Workspace, strategy: str) -> Request:
    prefer, files = Preference(selection.prefer), asked.files
    platform, here = Platform.parse(selection.arch, selection.policy), this_architecture()
    chosen = (canonicalize_name(name) for name in selection.from_source)
    hashes: dict[str, frozenset[str]] = {}
    for stated in (*files.requirements, *files.constraints):
        if stated.hashes:
            hashes[stated.text] = hashes.get(stated.text, stated.hashes) & stated.hashes
    return Request(
        requirements=(*asked.named, *(s.text for s in files.requirements)),
        constraints=tuple(stated.text for stated in files.constraints),
        hashes=hashes,
        require_hashes=files.require_hashes,
        prereleases=files.prereleases,
        wheels_only=frozenset(files.wheels_only),
        platform=platform,
        build_arch=platform.arch if strategy in BY_THE_TARGET else here,
        host_arch=here,
        interpreters=tuple(Interpreter.parse(text) for text in selection.pythons),
        exclude_newer=selection.exclude_newer,
        from_source=frozenset((*chosen, *files.from_source)),
        prefer=prefer,
        seconds=durations(place) if prefer is Preference.PORTED else {},
    )


def this_architecture() -> Architecture:
    """That of this machine, and the usual one of those porter does not know: they only plan."""
    return ARCHITECTURES.get(host_platform.machine(), DEFAULT_BUILD_ARCH)


def durations(place: Workspace) -> dict[NormalizedName, float]:
    """Seconds the builds of projects took in a workspace, by its journal."""
    from porter.run import Journal  # here: the room brings the engines and their libraries along

    known = Journal(place.journal).durations() if place.journal.exists() else {}
    return {canonicalize_name(name): seconds for name, seconds in known.items()}


def indexes(selection: Selection, notice: Notice) -> Indexes:
    """The indexes of a call: its flags, its requirement files, what pip or uv is configured for."""
    stated = _stated(selection)
    files = stated.files
    settings = discover(
        index_url=selection.index_url or files.index_url,
        extra=(*selection.extra_index_urls, *files.extra_index_urls),
        find_links=(*selection.find_links, *files.find_links),
        environ=os.environ,
    )
    settings = replace(settings, credentials=stated.credentials)
    if files.no_index and not (selection.index_url or selection.extra_index_urls):
        settings = replace(settings, indexes=())
    return Indexes(
        settings,
        cache=cache_folder(os.environ),
        offline=selection.offline,
        refresh=selection.refresh,
        notice=notice,
    )


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; what is no regular file (a pipe, /dev/stdout) directly."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
