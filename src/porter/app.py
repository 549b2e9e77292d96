"""The composition root: one function for each thing a person can ask for.

Rooms know nothing of each other beyond the arrows of docs/explanation/architecture.md; here they
are put together. The command line and dodo.py call these functions, and nothing else does.
"""

from __future__ import annotations

import os
import platform as host_platform
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from packaging.utils import canonicalize_name

from porter.build import ladder
from porter.config import Workspace, cache_folder
from porter.engine import DockerEngine, EngineName, LocalEngine, binfmt, choose, host_root
from porter.errors import UsageError
from porter.graph import PortGraph, decode, default_name, encode
from porter.images import Images, container_images, local_images
from porter.index import Indexes, discover
from porter.model import (
    ARCHITECTURES,
    Architecture,
    Ending,
    Interpreter,
    Node,
    Outcome,
    Phase,
    Plan,
    Platform,
    State,
    Strategy,
)
from porter.recipes import Recipes
from porter.resolve import Request, companions
from porter.resolve import plan as make_plan
from porter.run import (
    Artifacts,
    Attempt,
    Event,
    EventSink,
    Fetcher,
    Journal,
    Kits,
    Options,
    PortEnded,
    Services,
    Steps,
    run,
    task_dicts,
)
from porter.wheelhouse import Wheelhouse

WELL = frozenset({Ending.BUILT, Ending.CACHED, Ending.AVAILABLE})

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person wants ported, as they wrote it."""

    requirements: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    arch: str = "aarch64"
    policy: str = "manylinux2014"
    exclude_newer: datetime | None = None
    from_source: tuple[str, ...] = ()
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Execution:
    """How a person wants it built."""

    engine: str = "auto"
    strategy: str = "auto"
    fail_fast: bool = False
    rebuild: tuple[str, ...] = ()
    verify: str = "import"
    timeout: float | None = None
    allow_less_isolation: bool = False
    dry_run: bool = False
    echo: Callable[[bytes], None] | None = None
    """Takes what the steps write, as they write it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, its file, and the bytes that stand in it."""

    plan: Plan
    path: Path
    encoded: bytes


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run."""

    planned: Planned
    outcomes: tuple[Outcome, ...]

    @property
    def all_well(self) -> bool:
        """Whether every port has its wheel."""
        return all(outcome.ending in WELL for outcome in self.outcomes)


def host_architecture() -> Architecture:
    """The architecture of this machine.

    Raises:
        UsageError: it is not one porter knows.
    """
    machine = host_platform.machine()
    if machine not in ARCHITECTURES:
        raise UsageError(f"porter does not know this machine's architecture, {machine}")
    return ARCHITECTURES[machine]


# --- plan ---------------------------------------------------------------------------------------


def plan(
    selection: Selection, *, workspace: Path, output: Path | None = None, notice: Notice
) -> Planned:
    """Resolve, classify and write a plan (to graphs/NAME.json unless told otherwise)."""
    place = Workspace(workspace)
    with closing(_indexes(selection, notice)) as index:
        made = make_plan(_request(selection), index, Recipes.load(place.recipes), notice=notice)
    path = output or place.graphs / default_name(selection.requirements)
    encoded = encode(made)
    _write(path, encoded)
    return Planned(made, path, encoded)


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


def _request(selection: Selection) -> Request:
    return Request(
        requirements=selection.requirements,
        platform=Platform.parse(selection.arch, selection.policy),
        interpreters=tuple(Interpreter.parse(text) for text in selection.pythons),
        exclude_newer=selection.exclude_newer,
        from_source=frozenset(selection.from_source),
    )


def _indexes(selection: Selection, notice: Notice) -> Indexes:
    settings = discover(
        index_url=selection.index_url,
        extra=selection.extra_index_urls,
        find_links=selection.find_links,
        environ=os.environ,
    )
    return Indexes(settings, cache=cache_folder(os.environ), notice=notice)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)


# --- build --------------------------------------------------------------------------------------


def build(
    selection: Selection,
    execution: Execution,
    *,
    workspace: Path,
    notice: Notice,
    sink: EventSink,
) -> Run:
    """Plan (or read the plan named instead of requirements), then do what is not done yet.

    Raises:
        PorterError: trouble that is not a package's; what was finished stays finished.
        KeyboardInterrupt: the person stopped it; likewise.
    """
    place = Workspace(workspace)
    if len(selection.requirements) == 1 and selection.requirements[0].endswith(".json"):
        planned = read_plan(Path(selection.requirements[0]))
    else:
        planned = plan(selection, workspace=workspace, notice=notice)
    graph = PortGraph(planned.plan)
    if execution.dry_run:
        return Run(planned, ())
    with closing(_indexes(selection, notice)) as index:
        steps = _steps(graph, execution, place=place, index=index, notice=notice, sink=sink)
        try:
            run(graph, steps.perform, fail_fast=execution.fail_fast)
        finally:
            steps.close()
        return Run(planned, steps.finish())


def _steps(
    graph: PortGraph,
    execution: Execution,
    *,
    place: Workspace,
    index: Indexes,
    notice: Notice,
    sink: EventSink,
) -> Steps:
    """The steps of a plan, with the engine, images and everything else they use."""
    platform, host = graph.plan.target.platform, host_architecture()
    engine = choose(
        cast("EngineName", execution.engine),
        notice=notice,
        isolation="reduced" if execution.allow_less_isolation else "full",
    )
    if left := engine.sweep():
        notice(f"removed {left} leftovers of an earlier run")
    recipes, journal = Recipes.load(place.recipes), Journal(place.journal)
    kits = Kits(
        engine,
        _images(engine, notice),
        platform=platform,
        cache=cache_folder(os.environ),
        jobs=os.cpu_count() or 1,
        notice=notice,
    )

    def strategies(node: Node) -> tuple[Strategy, ...]:
        recipe, last = recipes.find(node.name, node.version), journal.last_success(node.id)
        asked = None if execution.strategy == "auto" else Strategy(execution.strategy)
        return ladder(
            asked or (recipe.rules.strategy if recipe else None),
            target=platform.arch,
            host=host,
            emulates=binfmt.supported(platform.arch),
            served=Strategy(last.strategy) if last and last.strategy else None,
        )

    services = Services(
        workspace=place,
        engine=engine,
        kits=kits,
        fetch=Fetcher(index),
        companions=lambda node, requirements, installed: tuple(
            index.download(file)
            for file in companions(
                node, requirements, platform=platform, index=index, installed=installed
            )
        ),
        recipe=lambda node: recipes.find(node.name, node.version),
        journal=journal,
        artifacts=Artifacts(place.artifacts),
        wheelhouse=Wheelhouse(place.wheelhouse),
        ladder=strategies,
        sink=sink,
        echo=execution.echo,
    )
    options = Options(execution.verify, execution.timeout, frozenset(execution.rebuild))
    return Steps(graph, services, options)


def _images(engine: DockerEngine | LocalEngine, notice: Notice) -> Images:
    cache = cache_folder(os.environ)
    if isinstance(engine, DockerEngine):
        return container_images(engine.client, cache=cache, notice=notice)
    return local_images(cache=cache, notice=notice, host_root=host_root)


# --- looking back -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node of a plan stands: its state, and the last attempt at it."""

    node: Node
    state: State
    attempt: Attempt | None


def status(path: Path | None, *, workspace: Path) -> tuple[Planned, tuple[Standing, ...]]:
    """How the nodes of a plan stand (without a path: of the newest plan in graphs/)."""
    place = Workspace(workspace)
    planned = read_plan(path or _newest_plan(place))
    journal = Journal(place.journal) if place.journal.exists() else None
    standings = []
    for node in planned.plan.nodes:
        attempt = journal.last(node.id) if journal and node.state is State.PORT else None
        state = State(attempt.outcome) if attempt else node.state
        standings.append(Standing(node, state, attempt))
    return planned, tuple(standings)


def _newest_plan(place: Workspace) -> Path:
    plans = sorted(place.graphs.glob("*.json"), key=lambda path: path.stat().st_mtime)
    if not plans:
        raise UsageError(f"no plan in {place.graphs}", hint="Make one: porter plan REQ")
    return plans[-1]


def log(name: str, *, workspace: Path, attempt: int | None = None) -> Path:
    """The log file of the last attempt at a package, or of attempt N (1 is the first)."""
    place = Workspace(workspace)
    project = canonicalize_name(name)
    found = Journal(place.journal).attempts_by_name(project) if place.journal.exists() else ()
    logs = [entry.log for entry in found if entry.log]
    if not logs:
        raise UsageError(f"no attempt at {project} is on record", hint=f"porter build {project}")
    if attempt is not None and not 1 <= attempt <= len(logs):
        raise UsageError(f"{project} has attempts 1 to {len(logs)}, not {attempt}")
    path = place.root / logs[(attempt or len(logs)) - 1]
    if not path.is_file():
        raise UsageError(f"the log {path} is gone", hint="`porter clean` may have removed it.")
    return path


# --- dodo.py ------------------------------------------------------------------------------------


def port_tasks(workspace: Path, *, notice: Notice) -> Iterator[dict[str, Any]]:
    """doit's task dictionaries for the ports of every plan in graphs/, for a dodo.py."""
    place = Workspace(workspace)
    seen: set[tuple[str, str]] = set()
    for path in sorted(place.graphs.glob("*.json")):
        graph = PortGraph(read_plan(path).plan)
        for task in task_dicts(graph, _Late(graph, place, notice).perform):
            name = (task["basename"], task["name"])
            if name not in seen:
                seen.add(name)
                yield task


class _Late:
    """Steps whose engine and images are looked for when the first one runs: listing is cheap."""

    def __init__(self, graph: PortGraph, place: Workspace, notice: Notice) -> None:
        self._graph = graph
        self._place = place
        self._notice = notice
        self._steps: Steps | None = None

    def perform(self, node: Node, phase: Phase) -> bool:
        if self._steps is None:
            self._steps = _steps(
                self._graph,
                Execution(),
                place=self._place,
                index=_indexes(Selection(), self._notice),
                notice=self._notice,
                sink=self._tell,
            )
        return self._steps.perform(node, phase)

    def _tell(self, event: Event) -> None:
        if isinstance(event, PortEnded):
            outcome = event.outcome
            self._notice(f"{outcome.id}: {outcome.ending} {outcome.wheel or outcome.reason}")
