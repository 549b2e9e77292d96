"""Made-up runs: how long they take against what is possible, and what porter itself costs.

The scheduler, doit and the graph are the real ones; what a step takes is drawn beforehand, and
the clock is simulated.
"""

from __future__ import annotations

import gc
import heapq
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lib.report import table, write_section
from lib.shapes import Needs, chain, copies_of, durations, fan, layers, made_up
from lib.simulated import Simulated
from porter.graph import PortGraph
from porter.model import Phase, Plan
from porter.run import Capacity, Schedule, StepJob, remaining, run

GRAPHS = Path(__file__).parents[1] / "graphs"
SHAPES: Mapping[str, Callable[[int], Needs]] = {
    "layers": layers,
    "fan": fan,
    "chain": chain,
    "tensorflow": copies_of(GRAPHS / "tensorflow-1.5.15.json"),
}
JOBS = (2, 16)
SIZES = (100, 1_000, 10_000)
LARGEST = 100_000
"""Of one shape only: it takes most of a minute and some gigabytes."""


@dataclass(frozen=True, slots=True)
class Found:
    """One simulated run."""

    shape: str
    ports: int
    jobs: int
    bound: float
    """No schedule is shorter, in simulated seconds: critical path, or work for every job."""
    porter: float
    barriers: float
    """With all of a round finished before the next, as peers do it."""
    cost: float
    """Seconds of CPU porter itself took, from the plan to the end."""


def simulate(shape: str, size: int, jobs: int) -> Found:
    """Run one made-up plan."""
    plan = made_up(SHAPES[shape](size))
    seconds = durations(plan)
    gc.collect()
    started = time.process_time()
    graph = PortGraph(plan)
    left = remaining(graph, lambda node: seconds[node.id])
    executor = Simulated(
        lambda _: True, seconds=lambda job: seconds[job.port] if job.phase is Phase.BUILD else 0.0
    )
    run(graph, executor, Schedule(Capacity(jobs, 1 << 30), remaining=left, memory={}))
    cost = time.process_time() - started
    _check(graph, executor)
    bound = max(*left.values(), sum(seconds.values()) / jobs)
    return Found(shape, size, jobs, bound, executor.clock, with_barriers(plan, seconds, jobs), cost)


def _check(graph: PortGraph, executor: Simulated) -> None:
    """Every port was done, after all it needs."""
    for node in graph.order():
        start = executor.started[StepJob(node.id, Phase.FETCH)]
        for need in graph.waits_for(node.id):
            assert executor.ended[StepJob(need, Phase.PUBLISH)] <= start
        assert StepJob(node.id, Phase.PUBLISH) in executor.ended


def with_barriers(plan: Plan, seconds: Mapping[str, float], jobs: int) -> float:
    """The makespan in rounds: all that is ready, the longest first; then the next round."""
    return sum(
        _one_round(sorted((seconds[port] for port in ports), reverse=True), jobs)
        for ports in _rounds(plan)
    )


def _rounds(plan: Plan) -> Iterator[list[str]]:
    missing = {node.id: 0 for node in plan.nodes}
    needed_by: dict[str, list[str]] = {}
    for edge in plan.edges:
        missing[edge.start] += 1
        needed_by.setdefault(edge.end, []).append(edge.start)
    ready = [port for port, count in missing.items() if not count]
    while ready:
        yield ready
        following = []
        for port in ready:
            for waiting in needed_by.get(port, ()):
                missing[waiting] -= 1
                if not missing[waiting]:
                    following.append(waiting)
        ready = following


def _one_round(seconds: list[float], jobs: int) -> float:
    ends = [0.0] * jobs
    for duration in seconds:
        heapq.heappush(ends, heapq.heappop(ends) + duration)
    return max(ends)


def growth(found: list[Found]) -> float:
    """How the cost grows between two sizes, divided by how n log n does: 1 is n log n."""
    small, large = found[0], found[-1]
    grown = large.cost / small.cost
    return grown / (large.ports * math.log(large.ports) / (small.ports * math.log(small.ports)))


def main() -> None:
    """Measure, and write the tables."""
    found = [simulate(shape, size, jobs) for shape in SHAPES for size in SIZES for jobs in JOBS]
    largest = simulate("layers", LARGEST, JOBS[-1])
    rows = [
        (
            found.shape,
            f"{found.ports:,}",
            str(found.jobs),
            f"{found.porter / found.bound:.3f}",
            f"{found.barriers / found.bound:.3f}",
            f"{1000 * found.cost / found.ports:.2f} ms",
        )
        for found in [*found, largest]
    ]
    head = ["shape", "ports", "jobs", "porter", "rounds with barriers", "porter's cost per port"]
    made = table(head, rows)
    costs = [f for f in [*found, largest] if f.shape == "layers" and f.jobs == JOBS[-1]]
    said = (
        f"From {costs[1].ports:,} to {costs[-1].ports:,} ports the cost grows "
        f"{growth(costs[1:]):.2f} times as fast as n log n."
    )
    write_section("schedule", f"{made}\n\n{said}")
    print(made, said, sep="\n\n")


if __name__ == "__main__":
    sys.exit(main())
