"""Which ready step goes first, and what may run at the same time. Pure.

The longest remaining path first is the classic list scheduling rule (Graham 1969,
https://doi.org/10.1137/0117039): never slower than twice the best there is, and close to it on
wide graphs.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from porter.graph import PortGraph
from porter.model import Node, Phase, State
from porter.run.executor import StepJob

# What is not timed yet: from numpy, spacy, wrapt and regex by the strategy cross on two cores.
_SECONDS = 5.0
_SECONDS_PER_MB = 25.0

_PHASES = tuple(Phase)
_ORDER = {phase: number for number, phase in enumerate(_PHASES)}
_Place = tuple[float, str, int]
"""In a line: seconds left, negative; then what makes the order the same in every run."""


def guess(node: Node) -> float:
    """Seconds a node may take that was never timed: by the size of its source."""
    size = node.source.size if node.state is State.PORT and node.source else None
    return _SECONDS + _SECONDS_PER_MB * (size or 0) / 1e6


def remaining(graph: PortGraph, seconds: Callable[[Node], float]) -> dict[str, float]:
    """By node id: seconds of the longest way from its start to the end of the run."""
    longest_after: dict[str, float] = {}
    left: dict[str, float] = {}
    for node in reversed(graph.order()):
        own = left[node.id] = seconds(node) + longest_after.get(node.id, 0.0)
        for need in graph.waits_for(node.id):
            longest_after[need] = max(own, longest_after.get(need, 0.0))
    return left


@dataclass(frozen=True, slots=True)
class Capacity:
    """What the steps of a run may use together."""

    jobs: int
    """Steps at once; those of one port follow each other, so these are ports at once."""
    memory: int
    """Bytes."""


class Schedule:
    """The ready steps, best first, and those that run.

    Only builds weigh: a build whose port states its memory weighs that, any other its share, one
    job's part of all memory. What states more than there is weighs all there is: it runs alone.
    While the first step in line does not fit, no other build overtakes it, or it might wait for
    ever; steps that weigh nothing do.

    Of ports alike (one source, several interpreters) only one is between the start of its build and
    the end of its repair, the oldest interpreter first: what it makes may serve the others. They
    wait for those only that have begun, and which wait for nothing else: all of them end.
    """

    def __init__(
        self,
        capacity: Capacity,
        *,
        remaining: Mapping[str, float],
        memory: Mapping[str, int],
        alike: Iterable[Sequence[str]] = (),
    ) -> None:
        """Take seconds left by port (see `remaining`), and bytes by port that states them.

        Take in `alike` groups of ports, in each the one for the oldest interpreter first.
        """
        self._free_jobs = capacity.jobs
        self._free_memory = capacity.memory
        self._capacity = capacity
        self._remaining = remaining
        self._memory = memory
        self._builds: list[_Place] = []
        self._others: list[_Place] = []
        self._alike = {port: tuple(group) for group in alike for port in group}
        self._closed = False
        self._started: set[str] = set()
        """The ports of which a step was taken."""
        self._begun: set[str] = set()
        """Those, and the ports that have one ready."""
        self._building: set[str] = set()
        self._past: set[str] = set()
        """Those of the ports alike that are repaired, or have failed."""
        self._held: list[StepJob] = []

    def add(self, job: StepJob) -> None:
        """Take in a step that is ready."""
        if self._closed and job.port not in self._started:
            return
        self._begun.add(job.port)
        line = self._builds if job.phase is Phase.BUILD else self._others
        heapq.heappush(line, (-self._remaining.get(job.port, 0.0), job.port, _ORDER[job.phase]))

    def close(self) -> None:
        """Let no further port begin: only steps of those that have begun are taken from now on."""
        self._closed = True
        ready = [StepJob(port, _PHASES[phase]) for _, port, phase in self._builds + self._others]
        waiting, self._held = ready + self._held, []
        self._builds.clear()
        self._others.clear()
        self._begun &= self._started
        for job in waiting:
            self.add(job)

    def take(self) -> StepJob | None:
        """The step to start now, or None where none may; it counts as running until `free`."""
        if not self._free_jobs:
            return None
        while self._builds and self._must_wait(self._builds[0][1]):
            self._held.append(StepJob(heapq.heappop(self._builds)[1], Phase.BUILD))
        lines = [line for line in (self._builds, self._others) if line]
        if lines and min(lines) is self._builds and not self._first_build_fits():
            lines.remove(self._builds)
        if not lines:
            return None
        _, port, phase = heapq.heappop(min(lines))
        job = StepJob(port, _PHASES[phase])
        self._started.add(port)
        self._free_jobs -= 1
        self._free_memory -= self.weight(job)
        if job.phase is Phase.BUILD:
            self._building.add(port)
        return job

    def free(self, job: StepJob, *, good: bool) -> None:
        """Give back what an ended step has used; one that is not good is its port's last."""
        self._free_jobs += 1
        self._free_memory += self.weight(job)
        if job.port in self._alike and (job.phase is Phase.REPAIR or not good):
            self._past.add(job.port)
            held, self._held = self._held, []
            for waiting in held:
                self.add(waiting)

    def weight(self, job: StepJob) -> int:
        """Bytes a step counts."""
        if job.phase is not Phase.BUILD:
            return 0
        share = self._capacity.memory // self._capacity.jobs
        return min(self._memory.get(job.port, share), self._capacity.memory)

    def _must_wait(self, port: str) -> bool:
        group = self._alike.get(port, ())
        ahead = group.index(port) if group else 0
        return any(
            other not in self._past
            and (other in self._building or (place < ahead and other in self._begun))
            for place, other in enumerate(group)
            if other != port
        )

    def _first_build_fits(self) -> bool:
        port = self._builds[0][1]
        return self.weight(StepJob(port, Phase.BUILD)) <= self._free_memory


class Hopeless:
    """The nodes that wait, directly or not, for one that has no wheel and gets none.

    Safe to use from several threads; each node is looked at once, however many fail.
    """

    def __init__(self, graph: PortGraph) -> None:
        self._waiting: dict[str, list[str]] = {}
        for node in graph.order():
            for need in graph.waits_for(node.id):
                self._waiting.setdefault(need, []).append(node.id)
        self._inside: set[str] = set()
        self._lock = threading.Lock()

    def __contains__(self, node_id: str) -> bool:
        return node_id in self._inside

    def add(self, node_id: str) -> None:
        """A node has no wheel: all that wait for it wait in vain."""
        with self._lock:
            left = [node_id]
            while left:
                new = [n for n in self._waiting.get(left.pop(), ()) if n not in self._inside]
                self._inside.update(new)
                left += new
