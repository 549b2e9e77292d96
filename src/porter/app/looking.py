"""Looking back: how the nodes of a plan stand, why they are in it, and the logs of attempts."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from porter.app.planning import Planned, read_plan
from porter.config import Workspace
from porter.errors import UsageError
from porter.graph import PortGraph
from porter.images import build_platform
from porter.model import Edge, Node, Platform, Side, State
from porter.run import Attempt, Journal

# What a node is after an attempt; `cached` is a finished wheel that was only verified further.
_STATES = {
    "built": State.BUILT,
    "cached": State.BUILT,
    "available": State.AVAILABLE,
    "failed": State.FAILED,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node of a plan stands: its state, and the last attempt at it."""

    node: Node
    state: State
    attempt: Attempt | None


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
    planned = read_plan(path or _newest_plan(place))
    attempts = _last_attempts(place, planned.plan.target.platform)
    standings = []
    for node in planned.plan.nodes:
        attempt = attempts[node.side].get(node.id) if node.state is State.PORT else None
        state = _STATES[attempt.outcome] if attempt else node.state
        standings.append(Standing(node, state, attempt))
    return planned, tuple(standings)


def _last_attempts(place: Workspace, target: Platform) -> dict[Side, dict[str, Attempt]]:
    """The last attempt at each port, by where its wheel runs."""
    platforms = {Side.TARGET: target, Side.BUILD: build_platform(target)}
    if not place.journal.exists():
        return {side: {} for side in platforms}
    with closing(Journal(place.journal)) as journal:
        return {side: journal.lasts(str(platform)) for side, platform in platforms.items()}


def why(name: str, path: Path | None, *, workspace: Path) -> tuple[Planned, tuple[Why, ...]]:
    """Why a project is in a plan (without a path: the newest in graphs/), target nodes first.

    Raises:
        UsageError: the plan has no such project, or there is no plan.
    """
    planned = read_plan(path or _newest_plan(Workspace(workspace)))
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
