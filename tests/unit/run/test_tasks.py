from __future__ import annotations

from hypothesis import given

from lib.simulated import Simulated
from porter.graph import PortGraph
from porter.model import Phase, Plan, State
from porter.run import Capacity, Schedule, StepJob, run, task_dicts, task_name
from unit.graph.plans import needs, node, plan, tool
from unit.run.made_up import plans


@given(plans())
def test_steps_follow_the_graph(made: Plan) -> None:
    graph = PortGraph(made)
    done: list[tuple[str, Phase]] = []

    def perform(job: StepJob) -> bool:
        done.append((job.port, job.phase))
        return True

    schedule = Schedule(Capacity(1, 1 << 30), remaining={}, memory={})
    run(graph, Simulated(perform), schedule)
    place = {step: number for number, step in enumerate(done)}
    assert len(place) == len(done)
    for port in graph.ports():
        steps = [place[port.id, phase] for phase in Phase]
        assert steps == sorted(steps)
        for used in graph.build_environment(port.id):
            if used.state is State.PORT:
                assert place[used.id, Phase.PUBLISH] < place[port.id, Phase.FETCH]
        for needed in map(graph.node, graph.needs(port.id)):
            if needed.state is State.PORT:
                assert place[needed.id, Phase.PUBLISH] < place[port.id, Phase.VERIFY]


@given(plans())
def test_names_are_doit_s_and_unique(made: Plan) -> None:
    tasks = list(task_dicts(PortGraph(made), lambda _: True))
    names = [f"{task['basename']}:{task['name']}" for task in tasks]
    assert len(set(names)) == len(names)
    assert not any("=" in name for name in names)
    assert {need for task in tasks for need in task["task_dep"]} <= set(names)


def test_a_port_of_the_build_side_is_told_apart() -> None:
    assert task_name(node("demo")) == "port:demo-1-cp39"
    assert task_name(tool("demo")) == "port:demo-1-cp39-build"


def test_an_available_wheel_is_a_task_only_where_it_was_asked_for() -> None:
    asked, other = node("asked", State.AVAILABLE), node("other", State.AVAILABLE)
    graph = PortGraph(plan([asked, other], needs(asked, other), "asked>=1"))
    assert [task["basename"] for task in task_dicts(graph, lambda _: True)] == ["port:asked-1-cp39"]
