"""Looking back: how the nodes of a plan stand, why they are in it, and the logs of attempts."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from porter.app.planning import Planned, read_plan
from porter.config import Workspace
from porter.errors import UsageError
from porter.graph import PortGraph
from porter.images import platforms_of
from porter.model import Edge, Ending, Node, Outcome, Plan, Side, State
from porter.run import Attempt, Journal
from porter.run.attempt import INTERRUPTED, RUNNING
from porter.run.runner import causes

STATES = {
    "built": State.BUILT,
    "cached": State.BUILT,
    "available": State.AVAILABLE,
    "failed": State.FAILED,
    RUNNING: State.RUNNING,
    INTERRUPTED: State.INTERRUPTED,
}
"""By the outcome of the newest attempt; `cached` is a finished wheel, verified further."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node of a plan stands, by the newest attempt at it if there is one."""

    node: Node
    state: State
    reason: str | None
    blocked_by: tuple[str, ...] = ()
    """The root causes, by node id."""
    phase: str | None = None
    """Where it is, failed or was interrupted."""
    strategy: str | None = None
    started: datetime | None = None
    seconds: float | None = None
    """That it took, or takes until now."""
    expected: float | None = None
    """Seconds its last build took, while it is running."""
    wheel: str | None = None
    log: str | None = None


Hop = tuple[Edge, ...]
"""All that one node asks of the next on a path; at least one edge."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a node is in a plan."""

    node: Node
    asked: tuple[str, ...]
    """The user's requirements that name it."""
    paths: tuple[tuple[Hop, ...], ...]
    """The ways from what was asked for to it, the shortest first; none for one asked for."""


def status(path: Path | None, *, workspace: Path) -> tuple[Planned, tuple[Standing, ...]]:
    """How the nodes of a plan stand (without a path: of the newest plan in graphs/)."""
    place = Workspace(workspace)
    planned = read_plan(path or newest_plan(place))
    graph = PortGraph(planned.plan)
    if not place.journal.exists():
        return planned, standings(graph, {}, {})
    with closing(Journal(place.journal)) as journal:
        attempts = newest_attempts(graph, journal)
        return planned, standings(graph, attempts, journal.durations())


def newest_attempts(graph: PortGraph, journal: Journal) -> dict[str, Attempt]:
    """The newest attempt at each port of a plan, by node id."""
    platforms = _platforms(graph.plan)
    newest = {side: journal.newest(platform) for side, platform in platforms.items()}
    return {
        node.id: newest[node.side][node.id]
        for node in graph.plan.nodes
        if node.state is State.PORT and node.id in newest[node.side]
    }


def _platforms(plan: Plan) -> dict[Side, str]:
    """What the wheels of a plan are for, as the journal names it."""
    return {side: str(platform) for side, platform in platforms_of(plan.target).items()}


def standings(
    graph: PortGraph, attempts: Mapping[str, Attempt], expected: Mapping[str, float]
) -> tuple[Standing, ...]:
    """How the nodes stand by the newest attempts, in the plan's order.

    `expected` is seconds by project name.
    """
    found = {
        node.id: _attempted(node, attempts[node.id], expected)
        if node.id in attempts
        else _planned(node)
        for node in graph.plan.nodes
    }
    causes = _causes(graph, found)
    return tuple(_blocked(standing, causes[name]) for name, standing in found.items())


def _planned(node: Node) -> Standing:
    wheel = node.wheel.filename if node.wheel else None
    return Standing(node, node.state, node.reason, wheel=wheel)


def _attempted(node: Node, attempt: Attempt, expected: Mapping[str, float]) -> Standing:
    state = STATES[attempt.outcome]
    runs = state is State.RUNNING
    since = (datetime.now(UTC) - attempt.started).total_seconds()
    return Standing(
        node,
        state,
        attempt.reason,
        phase=attempt.phase,
        strategy=attempt.strategy,
        started=attempt.started,
        seconds=since if runs else attempt.seconds or None,
        expected=expected.get(node.name) if runs else None,
        wheel=attempt.wheel,
        log=attempt.log,
    )


def _causes(graph: PortGraph, standings: Mapping[str, Standing]) -> dict[str, tuple[str, ...]]:
    """By node id: what it waits for in vain; the root causes, not the next one in the chain."""
    bad = {State.FAILED, State.NO_SOURCE}
    ended = {
        name: Outcome(name, Ending(row.state))
        for name, row in standings.items()
        if row.state in bad
    }
    return {name: tuple(sorted(found)) for name, found in causes(graph, ended).items()}


_WAITING = {State.PORT, State.INTERRUPTED}


def _blocked(standing: Standing, causes: tuple[str, ...]) -> Standing:
    if not causes or standing.state not in _WAITING:
        return standing
    reason = f"waits for {', '.join(causes)}"
    return replace(standing, state=State.BLOCKED, reason=reason, blocked_by=causes)


def why(name: str, path: Path | None, *, workspace: Path) -> tuple[Planned, tuple[Why, ...]]:
    """Why a project is in a plan (without a path: the newest in graphs/), target nodes first.

    Raises:
        UsageError: the plan has no such project, or there is no plan.
    """
    planned = read_plan(path or newest_plan(Workspace(workspace)))
    graph = PortGraph(planned.plan)
    paths = graph.why(name)
    nodes = [node for node in planned.plan.nodes if node.name == canonicalize_name(name)]
    nodes.sort(key=lambda node: (node.side is not Side.TARGET, node.id))
    return planned, tuple(
        Why(
            node,
            _asked(node, planned.plan.target.requirements),
            tuple(_hops(graph, way) for way in paths if way[-1] == node.id and len(way) > 1),
        )
        for node in nodes
    )


def _hops(graph: PortGraph, way: tuple[str, ...]) -> tuple[Hop, ...]:
    return tuple(graph.edges(start, end) for start, end in pairwise(way))


def _asked(node: Node, requirements: tuple[str, ...]) -> tuple[str, ...]:
    if node.side is not Side.TARGET:
        return ()
    return tuple(t for t in requirements if canonicalize_name(Requirement(t).name) == node.name)


def newest_plan(place: Workspace) -> Path:
    """The plan written last; raise `UsageError` where there is none."""
    plans = sorted(place.graphs.glob("*.json"), key=lambda path: path.stat().st_mtime)
    if not plans:
        raise UsageError(f"no plan in {place.graphs}", hint="Make one: porter plan REQ")
    return plans[-1]


@dataclass(frozen=True, slots=True)
class LogFile:
    """The log of an attempt."""

    path: Path
    journal: Path
    attempt: int
    """The attempt's row."""

    def is_growing(self) -> bool:
        """Whether its attempt is under way."""
        with closing(Journal(self.journal)) as journal:
            return any(attempt.number == self.attempt for attempt in journal.running())


def log(
    name: str, path: Path | None = None, *, workspace: Path, attempt: int | None = None
) -> LogFile:
    """The log of the last attempt at a package, or of attempt N (1 is the first).

    Of the ports of one plan, where a path is given; else of all that bear the name.
    """
    place = Workspace(workspace)
    project = canonicalize_name(name)
    meant = None if path is None else _ports(read_plan(path).plan, project)
    logged = [
        entry
        for entry in _attempts(place, project)
        if entry.log and (meant is None or (entry.port, entry.platform) in meant)
    ]
    if not logged:
        raise UsageError(f"no attempt at {project} is on record", hint=f"porter build {project}")
    if attempt is not None and not 1 <= attempt <= len(logged):
        raise UsageError(f"{project} has attempts 1 to {len(logged)}, not {attempt}")
    entry = logged[(attempt or len(logged)) - 1]
    path = place.root / str(entry.log)
    if not path.is_file():
        raise UsageError(f"the log {path} is gone", hint="`porter clean` may have removed it.")
    return LogFile(path, place.journal, entry.number)


def _ports(plan: Plan, project: NormalizedName) -> set[tuple[str, str]]:
    """A project's nodes in a plan, as the journal names them. Raises `UsageError` for none."""
    platforms = _platforms(plan)
    found = {(node.id, platforms[node.side]) for node in plan.nodes if node.name == project}
    if not found:
        raise UsageError(f"the plan has no {project}", hint="porter status shows what it has.")
    return found


def _attempts(place: Workspace, project: NormalizedName) -> tuple[Attempt, ...]:
    if not place.journal.exists():
        return ()
    with closing(Journal(place.journal)) as journal:
        return journal.attempts_by_name(project)
