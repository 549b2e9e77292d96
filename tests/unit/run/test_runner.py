from __future__ import annotations

import pytest

from lib.simulated import Simulated
from porter.errors import EngineError
from porter.graph import PortGraph
from porter.model import Ending, Node, Outcome, Phase, State
from porter.run import Capacity, Schedule, StepJob, StepResult, run
from porter.run.runner import blocked
from unit.graph.plans import needs, node, plan, tool

A, B, C, ALONE = node("a"), node("b"), node("c"), node("z-alone")
GRAPH = PortGraph(plan([A, B, C, ALONE], [*needs(B, A), *needs(C, B)], "c", "z-alone"))


def schedule(jobs: int = 1) -> Schedule:
    return Schedule(Capacity(jobs, 1 << 30), remaining={}, memory={})


class Performed:
    """Records what is performed; `breaks` says what happens at a package's build."""

    def __init__(self, breaks: dict[str, BaseException | bool]) -> None:
        self.breaks = breaks
        self.done: list[str] = []

    def __call__(self, job: StepJob) -> bool:
        name = job.port.partition("==")[0]
        self.done.append(f"{name} {job.phase}")
        broken = self.breaks.get(name, True)
        if job.phase is not Phase.BUILD or broken is True:
            return True
        if isinstance(broken, BaseException):
            raise broken
        return False


def test_what_does_not_depend_on_a_failure_is_finished() -> None:
    performed = Performed({"a": False})
    run(GRAPH, Simulated(performed), schedule())
    assert "z-alone publish" in performed.done
    assert "a repair" not in performed.done
    assert "b verify" not in performed.done


def test_the_first_failure_ends_a_run_that_shall_fail_fast() -> None:
    performed = Performed({"a": False})
    run(GRAPH, Simulated(performed), schedule(), fail_fast=True)
    assert performed.done[-1] == "a build"


SLOW = StepJob(ALONE.id, Phase.BUILD)
LAST = [f"z-alone {phase}" for phase in list(Phase)[2:]]


def beside(performed: Performed) -> Simulated:
    """An executor in which the build of z-alone lasts longer than that of a, which fails."""
    return Simulated(performed, seconds=lambda job: 9.0 if job == SLOW else 1.0)


TWO = PortGraph(plan([A, B, ALONE], needs(B, A), "b", "z-alone"))


def ahead() -> Schedule:
    """Of two ports at once, a and z-alone go first."""
    first = {A.id: 3.0, ALONE.id: 2.0}
    return Schedule(Capacity(2, 1 << 30), remaining=first, memory={})


def test_a_port_that_has_begun_is_finished_and_none_begins_after_the_first_failure() -> None:
    performed = Performed({"a": False})
    executor = beside(performed)
    run(TWO, executor, ahead(), fail_fast=True)
    assert performed.done[-5:] == ["a build", *LAST]
    assert not executor.under_way
    assert not [line for line in performed.done if line.startswith("b ")]


def test_a_port_that_has_begun_is_finished_after_the_trouble_of_another() -> None:
    performed = Performed({"a": EngineError("gone")})
    with pytest.raises(EngineError, match="gone"):
        run(TWO, beside(performed), ahead())
    assert performed.done[-5:] == ["a build", *LAST]


def test_trouble_of_a_second_port_ends_the_run_as_the_first_was() -> None:
    performed = Performed({"a": EngineError("gone"), "z-alone": EngineError("gone, too")})
    more = PortGraph(plan([A, B, ALONE], [], "a", "b", "z-alone"))
    times = {SLOW: 9.0, StepJob(B.id, Phase.FETCH): 20.0}
    executor = Simulated(performed, seconds=lambda job: times.get(job, 1.0))
    with pytest.raises(EngineError, match=r"^gone$"):
        run(more, executor, schedule(jobs=3))
    assert performed.done[-3:] == ["a build", "z-alone build", "b fetch"]


def test_what_had_failed_before_has_begun_nothing() -> None:
    performed = Performed({})
    known = {A.id: False}
    run(TWO, Simulated(performed), ahead(), known=lambda job: known.get(job.port), fail_fast=True)
    assert performed.done == []


@pytest.mark.parametrize("error", [EngineError("gone"), ZeroDivisionError("a fault of ours")])
def test_an_exception_ends_the_run_as_it_was(error: Exception) -> None:
    performed = Performed({"a": error})
    with pytest.raises(type(error)) as caught:
        run(GRAPH, Simulated(performed), schedule())
    assert caught.value is error
    assert performed.done[-1] == "a build"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_interruption_passes(error: BaseException) -> None:
    performed = Performed({"a": error})
    with pytest.raises(type(error)):
        run(GRAPH, Simulated(performed), schedule())
    assert performed.done[-1] == "a build"


def test_an_interruption_of_the_wait_stops_what_is_under_way() -> None:
    class Interrupted(Simulated):
        def wait(self) -> StepResult:
            raise KeyboardInterrupt

    halted: list[bool] = []
    executor = Interrupted(lambda _: True, halt=lambda: halted.append(True))
    with pytest.raises(KeyboardInterrupt):
        run(GRAPH, executor, schedule(jobs=2))
    assert halted == [True]


def test_what_is_known_is_not_performed() -> None:
    performed = Performed({})
    known = {A.id: True, ALONE.id: False}
    run(GRAPH, Simulated(performed), schedule(), known=lambda job: known.get(job.port))
    assert {line.partition(" ")[0] for line in performed.done} == {"b", "c"}
    assert performed.done[-1] == "c publish"


def ended(port: Node, ending: Ending) -> dict[str, Outcome]:
    return {port.id: Outcome(port.id, ending)}


def test_what_is_blocked_names_the_root_cause() -> None:
    outcomes = {**ended(A, Ending.FAILED), **ended(ALONE, Ending.BUILT)}
    found = {outcome.id: outcome for outcome in blocked(GRAPH, outcomes)}
    assert set(found) == {B.id, C.id}
    assert found[C.id].blocked_by == (A.id,)


def test_what_the_run_did_not_come_to_says_so() -> None:
    found = list(blocked(GRAPH, ended(A, Ending.BUILT)))
    assert {outcome.reason for outcome in found} == {"the run stopped before it"}


def test_a_missing_source_is_a_root_cause() -> None:
    gone = tool("gone", State.NO_SOURCE)
    graph = PortGraph(plan([A, gone], needs(A, gone), "a"))
    (outcome,) = blocked(graph, ended(gone, Ending.NO_SOURCE))
    assert outcome.blocked_by == (gone.id,)
