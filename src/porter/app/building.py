"""Runs: what a plan names is built, repaired, verified and published."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar, cast

from packaging.utils import canonicalize_name

from porter import __version__
from porter.app.holding import held
from porter.app.machine import cores, host_architecture, images_of, usable_memory
from porter.app.planning import Notice, Planned, Selection, durations, indexes, plan, read_plan
from porter.app.reporting import write_report
from porter.build import Ladder, ladder
from porter.config import Workspace, cache_folder
from porter.crates import Registries, read_configuration
from porter.engine import (
    Beside,
    DockerEngine,
    Engine,
    EngineName,
    Isolation,
    LocalEngine,
    choose,
)
from porter.errors import PorterError, UsageError
from porter.graph import PortGraph, alike
from porter.images import catalogue, platforms_of
from porter.index import Indexes
from porter.model import Architecture, Comparison, Node, Outcome, Side, Strategy
from porter.recipes import Recipes, Rules
from porter.resolve import companions
from porter.run import (
    Artifacts,
    Capacity,
    EventSink,
    Fetcher,
    Journal,
    Kits,
    Options,
    RunStarted,
    Schedule,
    Services,
    Steps,
    Threads,
    guess,
    recover,
    remaining,
    run,
)
from porter.verify import upstream
from porter.wheelhouse import Wheelhouse

# A step that wants more than this would drive the machine into its swap, and porter with it.
_MEMORY_SHARE = 0.9
# A C++ compiler takes a gigabyte at times, and the target's Python runs under QEMU beside it.
_MEMORY_PER_JOB = 2 << 30

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Execution:
    """How a person wants it built."""

    engine: str = "auto"
    strategy: str = "auto"
    jobs: int | None = None
    """Ports at once; None: `default_jobs`."""
    fail_fast: bool = False
    rebuild: tuple[str, ...] = ()
    check_reproducible: bool = False
    verify: str = "import"
    verify_on: tuple[str, ...] = ()
    """Other distributions to prove wheels on: ``debian:trixie``."""
    timeout: float | None = None
    max_silent_time: float | None = None
    retry_failed: bool = False
    allow_less_isolation: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run."""

    planned: Planned
    outcomes: tuple[Outcome, ...]
    report: Path | None = None
    """The page that shows it."""

    @property
    def all_well(self) -> bool:
        """Whether every port has its wheel, and where that was asked, the same one again."""
        good = {None, Comparison.SAME}
        return all(
            outcome.ending.has_wheel and outcome.reproducible in good for outcome in self.outcomes
        )


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
    if execution.check_reproducible and not execution.rebuild:
        raise UsageError("--check-reproducible needs --rebuild NAME: what to build again")
    place = Workspace(workspace)
    if selection.is_plan:
        if selection.requirement_files or selection.constraint_files:
            raise UsageError("a plan is used exactly as it is: -r and -c do not go with it")
        planned = read_plan(Path(selection.requirements[0]))
        # What the plan names may be newer than the pages this machine has seen.
        selection = replace(selection, requirements=(), refresh=not selection.offline)
    else:
        planned = plan(
            selection,
            workspace=workspace,
            engine=execution.engine,
            strategy=execution.strategy,
            notice=notice,
        )
    graph = PortGraph(planned.plan)
    _check_distributions(execution, graph.plan.target.platform.arch)
    if execution.dry_run:
        return Run(planned, ())
    with held(place, notice), closing(indexes(selection, notice)) as index:
        # A killed run's container may still be writing into the folders that are put away.
        engine = connected(execution, notice)
        put_away(place, notice)
        steps = make_steps(
            graph, execution, engine=engine, place=place, index=index, notice=notice, sink=sink
        )
        stated = _stated(graph, place)
        expected = _expected(graph, place, stated)
        jobs = execution.jobs or default_jobs(cores(), _memory())
        sink(RunStarted(graph, expected, jobs))
        try:
            run(
                graph,
                Threads(steps.perform, halt=steps.halt),
                _schedule(graph, expected, stated, jobs),
                known=steps.known,
                finished=steps.recall(),
                fail_fast=execution.fail_fast,
            )
        finally:
            steps.close()
        outcomes = steps.finish()
        return Run(planned, outcomes, _report(planned, workspace, notice))


def _report(planned: Planned, workspace: Path, notice: Notice) -> Path | None:
    """Write the report page; a run does not fail because of it."""
    try:
        return write_report(planned, workspace=workspace)
    except (OSError, PorterError) as error:
        notice(f"the report page could not be written: {error}")
        return None


def _check_distributions(execution: Execution, arch: Architecture) -> None:
    """Before anything is built: `UsageError` for a distribution that cannot be tried."""
    if execution.verify_on and execution.verify == "none":
        raise UsageError("--verify-on and --verify none exclude each other")
    for name in execution.verify_on:
        catalogue().distribution(name, arch)


def connected(execution: Execution, notice: Notice) -> DockerEngine | LocalEngine:
    """The engine, once nothing of a killed run runs in it any more."""
    engine = choose(
        cast("EngineName", execution.engine),
        notice=notice,
        isolation="reduced" if execution.allow_less_isolation else "full",
    )
    if left := engine.sweep():
        notice(f"leftovers of an earlier run removed from {engine.name}: {left}")
    return engine


def put_away(place: Workspace, notice: Notice) -> None:
    """Put away what killed runs left, and say so."""
    found = recover(place, cache_folder(os.environ))
    for attempt in found.interrupted:
        notice(f"{attempt.port} was interrupted in {attempt.phase}; it is done again")
    if found.leftovers:
        notice(f"leftovers of an earlier run removed: {found.leftovers}")


def _rebuild(names: Iterable[str], graph: PortGraph) -> frozenset[str]:
    """The names of ``--rebuild``; `UsageError` for one that is no port of the plan."""
    ports = {port.name for port in graph.ports()}
    for name in names:
        if canonicalize_name(name) not in ports:
            raise UsageError(
                f"--rebuild {name}: the plan builds no such package",
                hint=f"It builds {', '.join(sorted(ports)) or 'nothing'}.",
            )
    return frozenset(map(canonicalize_name, names))


def default_jobs(cores: int, memory: int) -> int:
    """Ports at once where nobody says: one for each core, as far as the memory (bytes) allows."""
    return max(1, min(cores, memory // _MEMORY_PER_JOB))


def _stated(graph: PortGraph, place: Workspace) -> dict[str, Rules]:
    """What recipes say of a plan's ports, by node id."""
    recipes = Recipes.load(place.recipes)
    found = {port.id: recipes.find(port.name, port.version) for port in graph.ports()}
    return {port: recipe.rules for port, recipe in found.items() if recipe is not None}


def _expected(graph: PortGraph, place: Workspace, stated: Mapping[str, Rules]) -> dict[str, float]:
    """Seconds that ports are likely to take, by node id: as last time, or as a recipe says."""
    timed = durations(place)
    recipes = {port: rules.time for port, rules in stated.items()}
    known = {port.id: timed.get(port.name) or recipes.get(port.id) for port in graph.ports()}
    return {port: seconds for port, seconds in known.items() if seconds}


def _schedule(
    graph: PortGraph, expected: Mapping[str, float], stated: Mapping[str, Rules], jobs: int
) -> Schedule:
    """Longest remaining path first: by the seconds expected, or a guess."""
    return Schedule(
        Capacity(jobs, _memory()),
        remaining=remaining(graph, lambda node: expected.get(node.id) or guess(node)),
        memory={port: rules.memory << 20 for port, rules in stated.items() if rules.memory},
        alike=[
            [port.id for port in sorted(group, key=lambda port: port.interpreter)]
            for group in alike(graph.ports())
            if len(group) > 1
        ],
    )


def _memory() -> int:
    """Bytes that all steps together may use."""
    return int(_MEMORY_SHARE * usable_memory())


def _one_at_a_time(call: Callable[[T], None]) -> Callable[[T], None]:
    """The same for one thread after the other: steps of several ports tell of themselves."""
    lock = threading.Lock()

    def locked(value: T) -> None:
        with lock:
            call(value)

    return locked


def make_steps(  # noqa: PLR0913 - here all that a run uses comes together
    graph: PortGraph,
    execution: Execution,
    *,
    engine: DockerEngine | LocalEngine,
    place: Workspace,
    index: Indexes,
    notice: Notice,
    sink: EventSink,
) -> Steps:
    """The steps of a plan, with the images and everything else they use."""
    notice, sink = _one_at_a_time(notice), _one_at_a_time(sink)
    platform, host = graph.plan.target.platform, host_architecture()
    recipes, journal = Recipes.load(place.recipes), Journal(place.journal)
    images = images_of(engine, notice, offline=index.offline)
    runner = _beside_host(engine, execution, notice)
    platforms = platforms_of(graph.plan.target)
    by_the_target = graph.plan.target.builds_itself and platform.arch != host
    kits = {
        side: Kits(
            runner,
            images,
            platform=served,
            cache=cache_folder(os.environ),
            jobs=cores(),
            notice=notice,
        )
        for side, served in platforms.items()
    }

    served = {
        node_id: attempt
        for known in {str(each) for each in platforms.values()}
        for node_id, attempt in journal.last_successes(known).items()
    }

    def strategies(node: Node) -> Ladder:
        recipe, last = recipes.find(node.name, node.version), served.get(node.id)
        why_not = kits[node.side].proving(node.interpreter).why_no_builds
        if node.side is Side.BUILD and not by_the_target:
            return ladder(None, target=host, host=host, why_not=why_not)
        asked = None if execution.strategy == "auto" else Strategy(execution.strategy)
        return ladder(
            asked,
            target=platform.arch,
            host=host,
            stated=recipe.rules.strategy if recipe else None,
            why_not=why_not,
            by_the_target=by_the_target,
            served=Strategy(last.strategy) if last and last.strategy else None,
        )

    registries = Registries(lambda: read_configuration(os.environ), index.http, index.downloads)
    services = Services(
        workspace=place,
        engine=runner,
        kits=kits,
        fetch=Fetcher(index, lambda node: recipes.find(node.name, node.version)),
        crates=lambda crates, kit: registries.fetch(crates, kits[Side.TARGET].crates_io(kit)),
        companions=lambda node, requirements, installed: tuple(
            index.download(file)
            for file in companions(
                node, requirements, platform=platform, index=index, installed=installed
            )
        ),
        upstream=lambda node: upstream(
            node.name,
            node.version,
            node.interpreter,
            index,
            arch=platforms[node.side].arch.name,
        ),
        recipe=lambda node: recipes.find(node.name, node.version),
        journal=journal,
        versions=_versions(engine),
        artifacts=Artifacts(place.artifacts),
        wheelhouse=Wheelhouse(place.wheelhouse),
        served=served,
        ladder=strategies,
        sink=sink,
    )
    options = Options(
        execution.verify,
        execution.verify_on,
        execution.timeout,
        silence=execution.max_silent_time,
        retry_failed=execution.retry_failed,
        cpus=cores(),
        memory=_memory(),
        rebuild=_rebuild(execution.rebuild, graph),
        check_reproducible=execution.check_reproducible,
    )
    return Steps(graph, services, options)


def _beside_host(
    engine: DockerEngine | LocalEngine, execution: Execution, notice: Notice
) -> Engine:
    """The engine; where it runs containers, with the local one for what no image has."""
    if isinstance(engine, LocalEngine):
        return engine
    isolation: Isolation = "reduced" if execution.allow_less_isolation else "full"
    return Beside(engine, lambda: LocalEngine.connect(isolation=isolation, notice=notice))


def _versions(engine: DockerEngine | LocalEngine) -> dict[str, str]:
    """What a row of the journal says of the programs it was made with."""
    return {"porter": __version__, "engine": engine.version, "zig": version("ziglang")}
