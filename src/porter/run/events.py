"""What happens during a run, told as it happens; the command line turns it into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from porter.model import Node, Outcome, Phase, Strategy


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A port enters a phase."""

    node: Node
    phase: Phase
    strategy: Strategy | None


@dataclass(frozen=True, slots=True)
class RungFailed:
    """A strategy failed and the next one is tried."""

    node: Node
    phase: Phase
    strategy: Strategy
    reason: str
    next: Strategy


@dataclass(frozen=True, slots=True)
class PortEnded:
    """A port has its outcome."""

    node: Node
    outcome: Outcome


Event = PhaseStarted | RungFailed | PortEnded
EventSink = Callable[[Event], None]
