"""What goes on in a run at this moment, made from its events. Pure: no clock, no terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from porter.graph import PortGraph
from porter.model import Ending, Node, Outcome, Phase, State, Strategy
from porter.run import guess
from porter.run.events import Event, PhaseEnded, PhaseStarted, PortEnded, RunStarted, Wrote
from porter.run.schedule import Hopeless


@dataclass(frozen=True, slots=True)
class Running:
    """A port under way. Times are the caller's clock, in seconds."""

    node: Node
    phase: Phase
    strategy: Strategy | None
    since: float
    expected: float | None
    """Seconds it is likely to take as a whole, where that is known."""


class Watch:
    """Takes a run's events, each with its time, and tells how things stand."""

    def __init__(self, started: float) -> None:
        self.started = started
        self.running: dict[str, Running] = {}
        """By node id."""
        self._began: dict[str, float] = {}
        self.counts: Counter[Ending] = Counter()
        self.total = 0
        """Ports that will have an outcome; 0 while there is no plan yet."""
        self._schedule: _Schedule | None = None
        self._end_at: float | None = None
        self._is_new = False
        """Whether something has happened since the end was last reckoned."""

    def take(self, event: Event, now: float) -> None:
        """Take the next event."""
        self._is_new |= not isinstance(event, Wrote)
        if isinstance(event, RunStarted):
            self._schedule = _Schedule(event.graph, event.expected, event.jobs)
            self.total = len(self._schedule.ports)
            missing = sum(node.state is State.NO_SOURCE for node in event.graph.plan.nodes)
            self.counts[Ending.NO_SOURCE] = missing
        elif isinstance(event, PhaseStarted):
            self._enter(event, now)
        elif isinstance(event, PhaseEnded):
            self.running.pop(event.node.id, None)
        elif isinstance(event, PortEnded):
            self._end(event.outcome)

    def endings(self) -> dict[Ending, int]:
        """Ports by how they ended; those count as blocked that wait for one that failed."""
        doomed = self._schedule.blocked if self._schedule else 0
        numbers = {ending: self.counts[ending] for ending in Ending}
        numbers[Ending.BLOCKED] += doomed
        return {ending: number for ending, number in numbers.items() if number}

    def left(self, now: float) -> float | None:
        """Seconds until the run is likely to end; None where nothing is known."""
        if self._is_new and self._schedule is not None:
            spent = {name: now - since for name, since in self._began.items()}
            left = self._schedule.left(spent)
            self._end_at = None if left is None else now + left
            self._is_new = False
        return None if self._end_at is None else max(self._end_at - now, 0.0)

    def _enter(self, event: PhaseStarted, now: float) -> None:
        since = self._began.setdefault(event.node.id, now)
        expected = self._schedule.expected.get(event.node.id) if self._schedule else None
        self.running[event.node.id] = Running(
            event.node, event.phase, event.strategy, since, expected
        )

    def _end(self, outcome: Outcome) -> None:
        self.running.pop(outcome.id, None)
        self._began.pop(outcome.id, None)
        self.counts[outcome.ending] += 1
        if self._schedule is not None:
            self._schedule.end(outcome.id, outcome.ending)


class _Schedule:
    """The work of a plan that is left, by what each port waits for."""

    def __init__(self, graph: PortGraph, expected: Mapping[str, float], jobs: int) -> None:
        order, roots = graph.order(), {node.id for node in graph.roots()}
        self.expected = expected
        self.ports = {n.id for n in order if n.state is not State.AVAILABLE or n.id in roots}
        """The nodes that will have an outcome, or have it before the run begins."""
        self._jobs = jobs
        self._work = {
            port.id: expected.get(port.id) or guess(port) for port in graph.ports() if expected
        }
        """Seconds of each port that has not ended; nothing where not one was ever timed."""
        self._needs = {node.id: graph.waits_for(node.id) for node in order}
        self._hopeless = Hopeless(graph)
        self._ended: set[str] = set()
        for node in order:
            if node.state is State.NO_SOURCE:
                self.end(node.id, Ending.NO_SOURCE)

    @property
    def blocked(self) -> int:
        """Ports that cannot begin any more, and have not been told so yet."""
        return sum(name in self._hopeless for name in self.ports - self._ended)

    def end(self, name: str, ending: Ending) -> None:
        """A port has its outcome; if there is no wheel, all that waits for it waits in vain."""
        self._ended.add(name)
        self._work.pop(name, None)
        if not ending.has_wheel:
            self._hopeless.add(name)

    def left(self, spent: Mapping[str, float]) -> float | None:
        """The longest way through what is left, or all of it over the jobs: whichever is more."""
        if not self.expected:
            return None
        total = 0.0
        ways: dict[str, float] = {}
        for name, needs in self._needs.items():
            cost = max(self._cost(name) - spent.get(name, 0.0), 0.0)
            total += cost
            ways[name] = cost + max((ways[need] for need in needs), default=0.0)
        return max(max(ways.values(), default=0.0), total / self._jobs)

    def _cost(self, name: str) -> float:
        return 0.0 if name in self._hopeless else self._work.get(name, 0.0)
