"""What the report page shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from porter.model import Node
from porter.report.scene import Scene


@dataclass(frozen=True, slots=True)
class Detail:
    """What the page tells of one node beyond the plan."""

    state: str
    """A key of `porter.report.marks.LOOKS`."""
    reason: str | None = None
    phase: str | None = None
    """Where it is, failed or was interrupted."""
    strategy: str | None = None
    engine: str | None = None
    seconds: float | None = None
    """That its last attempt took."""
    since: datetime | None = None
    """When its attempt began, while it is under way."""
    before: float | None = None
    """Seconds of the build before the last attempt."""
    size: int | None = None
    """Bytes of the finished wheel."""
    raw: int | None = None
    """Bytes before repair."""
    grafted: tuple[str, ...] = ()
    tags: str | None = None
    verified: str | None = None
    waits: tuple[str, ...] = ()
    """Ids of the nodes it is blocked by: the root causes."""
    warnings: tuple[str, ...] = ()
    log: str | None = None
    """Path relative to the workspace."""
    excerpt: tuple[str, ...] = ()
    """Lines of the log."""
    mark: int | None = None
    """Which of them decides."""
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A phase of a node in the last run."""

    id: str
    """The node's."""
    attempt: int
    phase: str
    start: float
    """Seconds since the run began."""
    seconds: float | None
    """None while it lasts."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run, as the journal has it."""

    started: datetime
    seconds: float
    counts: Mapping[str, int]
    """Ports by state."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page shows."""

    title: str
    facts: str
    plan: str
    """Its path for a shell in the workspace."""
    notes: tuple[str, ...]
    written: datetime
    version: str
    """porter's."""
    nodes: Sequence[Node]
    details: Mapping[str, Detail]
    """By node id, for every node."""
    edges: Sequence[tuple[str, str]]
    pieces: Sequence[Piece] = ()
    """Of the run that began at `began`."""
    began: datetime | None = None
    runs: Sequence[PastRun] = ()
    """Oldest first."""
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    """``ports`` and, where all nodes can be drawn, ``all``; the first is shown first."""
