"""What holds for every schedule, on made-up plans; time is simulated."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.simulated import Simulated
from porter.graph import PortGraph
from porter.model import Phase, State
from porter.run import Capacity, Schedule, StepJob, StepResult, guess, remaining, run
from porter.run.schedule import Hopeless
from porter.run.tasks import done_nodes, task_dicts
from unit.graph.plans import needs, node, plan, tool
from unit.run.made_up import plans

MEMORY = 100


@dataclass(frozen=True)
class Case:
    graph: PortGraph
    capacity: Capacity
    memory: dict[str, int]
    seconds: dict[str, float]

    def schedule(self) -> Schedule:
        return Schedule(self.capacity, remaining=self.left, memory=self.memory)

    @property
    def left(self) -> dict[str, float]:
        return remaining(self.graph, lambda port: self.seconds.get(port.id, 0.0))

    def takes(self, job: StepJob) -> float:
        return self.seconds[job.port] if job.phase is Phase.BUILD else 0.25


@st.composite
def cases(draw: st.DrawFn) -> Case:
    graph = PortGraph(draw(plans()))
    ids = [done.id for done in done_nodes(graph)]
    return Case(
        graph,
        Capacity(draw(st.integers(1, 4)), MEMORY),
        {port: draw(st.integers(0, 2 * MEMORY)) for port in ids if draw(st.booleans())},
        {port: draw(st.floats(0, 9)) for port in ids},
    )


class Watched(Simulated):
    """Checks, each time something ends, what ran until then."""

    def watch(self, case: Case, schedule: Schedule) -> None:
        self.case, self.schedule = case, schedule
        self.needs = {
            task["meta"]["job"]: {jobs[name] for name in task["task_dep"]}
            for jobs in [_jobs(case.graph)]
            for task in task_dicts(case.graph, lambda _: True)
        }

    def wait(self) -> StepResult:
        builds = sum(self.schedule.weight(job) for job in self.under_way)
        assert len(self.under_way) <= self.case.capacity.jobs
        assert builds <= MEMORY
        self._check_that_nobody_idles(builds)
        return super().wait()

    def _check_that_nobody_idles(self, builds: int) -> None:
        ready = [j for j, n in self.needs.items() if j not in self.started and n <= set(self.ended)]
        if len(self.under_way) < self.case.capacity.jobs:
            assert all(job.phase is Phase.BUILD for job in ready)
            if ready:
                first = min(ready, key=lambda job: (-self.case.left[job.port], job.port))
                assert builds + self.schedule.weight(first) > MEMORY


def _jobs(graph: PortGraph) -> dict[str, StepJob]:
    tasks = task_dicts(graph, lambda _: True)
    return {f"{task['basename']}:{task['name']}": task["meta"]["job"] for task in tasks}


@given(cases())
def test_a_schedule_keeps_every_promise(case: Case) -> None:
    """No edge broken, nothing twice, jobs and memory held, no worker idle while a step fits."""
    schedule = case.schedule()
    executor = Watched(lambda _: True, seconds=case.takes)
    executor.watch(case, schedule)
    run(case.graph, executor, schedule)
    assert set(executor.ended) == set(executor.needs)
    for job, waits in executor.needs.items():
        assert all(executor.ended[need] <= executor.started[job] for need in waits)


@given(cases(), st.data())
def test_a_failure_takes_its_cone_and_nothing_else(case: Case, data: st.DataObject) -> None:
    ids = [port.id for port in case.graph.ports()]
    broken = set(data.draw(st.lists(st.sampled_from(ids), unique=True))) if ids else set()
    hopeless = Hopeless(case.graph)
    for port in broken:
        hopeless.add(port)

    def perform(job: StepJob) -> bool:
        return job.phase is not Phase.BUILD or job.port not in broken

    executor = Simulated(perform)
    run(case.graph, executor, case.schedule())
    published = {job.port for job in executor.ended if job.phase is Phase.PUBLISH}
    lost = {done.id for done in done_nodes(case.graph)} - published
    cone = {port for port in case.seconds if port in hopeless}
    assert lost == cone | broken


def _groups_and_broken(case: Case, data: st.DataObject) -> tuple[list[list[str]], set[str]]:
    """The ports in groups of those alike, and some whose build fails."""
    ids = data.draw(st.permutations([port.id for port in case.graph.ports()]))
    groups = [ids[start : start + 3] for start in range(0, len(ids), 3)]
    broken = set(data.draw(st.lists(st.sampled_from(ids), unique=True))) if ids else set()
    return groups, broken


@given(cases(), st.data())
def test_those_alike_wait_for_each_other_and_nobody_for_ever(
    case: Case, data: st.DataObject
) -> None:
    groups, broken = _groups_and_broken(case, data)
    executor = Simulated(
        lambda job: job.phase is not Phase.BUILD or job.port not in broken, seconds=case.takes
    )
    schedule = Schedule(case.capacity, remaining=case.left, memory=case.memory, alike=groups)
    run(case.graph, executor, schedule)
    again = Simulated(lambda job: job.phase is not Phase.BUILD or job.port not in broken)
    run(case.graph, again, case.schedule())
    assert set(executor.ended) == set(again.ended)
    for group in groups:
        found = (_span(executor, port) for port in group if port not in broken)
        spans = sorted(span for span in found if span)
        assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))


@given(cases(), st.data())
def test_after_the_first_failure_what_has_begun_goes_on_and_nothing_begins(
    case: Case, data: st.DataObject
) -> None:
    groups, broken = _groups_and_broken(case, data)
    executor = Simulated(
        lambda job: job.phase is not Phase.BUILD or job.port not in broken, seconds=case.takes
    )
    schedule = Schedule(case.capacity, remaining=case.left, memory=case.memory, alike=groups)
    run(case.graph, executor, schedule, fail_fast=True)
    failed = [end for job, end in executor.ended.items() if _fails(job, broken)]
    begun: dict[str, float] = {}
    for job, start in executor.started.items():
        begun.setdefault(job.port, start)
    assert all(start <= min(failed, default=start) for start in begun.values())
    ports = {port.id for port in case.graph.ports()}
    for port in begun.keys() & ports:
        last = Phase.BUILD if port in broken else Phase.REPAIR
        assert StepJob(port, last) in executor.ended


def _fails(job: StepJob, broken: set[str]) -> bool:
    return job.phase is Phase.BUILD and job.port in broken


def _span(executor: Simulated, port: str) -> tuple[float, float] | None:
    """From the start of its build to the end of its repair."""
    begun, ended = StepJob(port, Phase.BUILD), StepJob(port, Phase.REPAIR)
    return (executor.started[begun], executor.ended[ended]) if ended in executor.ended else None


def test_the_longest_remaining_path_goes_first() -> None:
    small, large, after = node("a-small"), node("z-large"), node("m-after")
    graph = PortGraph(plan([small, large, after], needs(after, large), "a-small", "m-after"))
    left = remaining(graph, lambda port: {"a-small": 8.0, "z-large": 5.0}.get(port.name, 4.0))
    assert left == {small.id: 8.0, large.id: 9.0, after.id: 4.0}
    schedule = Schedule(Capacity(1, MEMORY), remaining=left, memory={})
    for port in (after, small, large):
        schedule.add(StepJob(port.id, Phase.FETCH))
    taken = []
    while (job := schedule.take()) is not None:
        taken.append(job.port)
        schedule.free(job, good=True)
    assert taken == [large.id, small.id, after.id]


def build(name: str) -> StepJob:
    return StepJob(name, Phase.BUILD)


def test_a_build_that_needs_more_than_there_is_runs_alone() -> None:
    schedule = Schedule(
        Capacity(4, MEMORY), remaining={"huge": 1.0}, memory={"huge": 5 * MEMORY, "tiny": 1}
    )
    schedule.add(build("tiny"))
    assert schedule.take() == build("tiny")
    for job in (build("huge"), build("plain"), StepJob("other", Phase.VERIFY)):
        schedule.add(job)
    assert schedule.take() == StepJob("other", Phase.VERIFY)
    assert schedule.take() is None
    schedule.free(build("tiny"), good=True)
    assert schedule.take() == build("huge")
    assert schedule.take() is None
    schedule.free(build("huge"), good=True)
    assert schedule.take() == build("plain")


def test_builds_that_state_nothing_share_the_memory() -> None:
    schedule = Schedule(Capacity(3, MEMORY), remaining={}, memory={})
    for name in "abcd":
        schedule.add(build(name))
    assert [schedule.take(), schedule.take(), schedule.take()] == [build(n) for n in "abc"]
    assert schedule.take() is None


def test_a_larger_source_is_guessed_to_take_longer() -> None:
    assert guess(node("demo")) > guess(tool("there", State.AVAILABLE))


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_independent_ports_use_every_job(jobs: int) -> None:
    graph = PortGraph(plan([node(name) for name in "abcdef"], [], *"abcdef"))
    executor = Simulated(lambda _: True)
    run(graph, executor, Schedule(Capacity(jobs, MEMORY), remaining={}, memory={}))
    assert executor.most == jobs
    assert executor.clock == 6 * len(Phase) / jobs
