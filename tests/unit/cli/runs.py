"""A plan and the events of a run of it, made by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from porter.graph import PortGraph
from porter.model import Ending, Node, Outcome, Phase, State, Strategy
from porter.run.events import PhaseStarted, PortEnded, RunStarted
from unit.graph.plans import needs, node, plan

BASE, OTHER, MIDDLE, TOP = (node(name) for name in ("base", "other", "middle", "top"))
GONE, THERE = node("gone", State.NO_SOURCE), node("there", State.AVAILABLE)
GRAPH = PortGraph(
    plan(
        [BASE, GONE, MIDDLE, OTHER, THERE, TOP],
        [*needs(MIDDLE, BASE, THERE), *needs(TOP, MIDDLE, OTHER)],
        "top",
    )
)
"""top needs middle and other, middle needs base; gone is for itself."""


def started(times: Mapping[str, float] | None = None, *, jobs: int = 2) -> RunStarted:
    expected = {f"{name}==1@cp39": seconds for name, seconds in (times or {}).items()}
    return RunStarted(GRAPH, expected, jobs)


def enters(port: Node, phase: Phase = Phase.BUILD) -> PhaseStarted:
    return PhaseStarted(port, phase, Strategy.CROSS)


def ends(port: Node, ending: Ending = Ending.BUILT, **more: Any) -> PortEnded:
    return PortEnded(port, Outcome(port.id, ending, **more))
