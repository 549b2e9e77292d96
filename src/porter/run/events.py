"""What happens during a run, told as it happens; the command line turns it into words.

Several ports are built at once: a sink is called from several threads, at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from porter.graph import PortGraph
from porter.model import Node, Outcome, Phase, Strategy


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The plan is there, and the first port is about to begin."""

    graph: PortGraph
    expected: Mapping[str, float]
    """Seconds a port is likely to take, by node id, where that is known."""
    jobs: int
    """Ports at once, at most."""


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A port enters a phase."""

    node: Node
    phase: Phase
    strategy: Strategy | None


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """A port has been through a phase; until it enters the next one it waits for its turn."""

    node: Node
    phase: Phase


@dataclass(frozen=True, slots=True)
class RungFailed:
    """A strategy failed and the next one is tried."""

    node: Node
    phase: Phase
    strategy: Strategy
    reason: str
    next: Strategy


@dataclass(frozen=True, slots=True)
class Wrote:
    """A step of a port wrote something; it may end in the midst of a line, or of a character."""

    node: Node
    data: bytes


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """Trouble that is not the package's; the phase is begun again after a pause."""

    node: Node
    reason: str
    pause: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class PortEnded:
    """A port has its outcome."""

    node: Node
    outcome: Outcome


Event = RunStarted | PhaseStarted | PhaseEnded | RungFailed | BrokenOff | Wrote | PortEnded
EventSink = Callable[[Event], None]
