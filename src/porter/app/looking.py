"""Looking back: how the nodes of a plan stand, and the logs of attempts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from porter.app.planning import Planned, read_plan
from porter.config import Workspace
from porter.errors import UsageError
from porter.model import Node, State
from porter.run import Attempt, Journal


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
