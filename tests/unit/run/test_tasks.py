from __future__ import annotations

from pathlib import Path

from hypothesis import given

from fakes.running import Rig
from lib.simulated import Simulated
from porter.config import Workspace
from porter.graph import PortGraph
from porter.model import Ending, Phase, Plan, State
from porter.run import Capacity, Schedule, StepJob, run, task_dicts, task_name
from porter.run.artifacts import point
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


@given(plans())
def test_the_last_step_of_each_port_alone_has_a_target_and_no_two_the_same(made: Plan) -> None:
    graph = PortGraph(made)
    tasks = list(task_dicts(graph, lambda _: True, workspace=Workspace(Path("here"))))
    targets = [target for task in tasks for target in task.get("targets", ())]
    last = [task for task in tasks if "targets" in task]
    assert {task["name"] for task in last} <= {"publish"}
    assert len(set(targets)) == len(targets) == len(graph.ports())


def test_a_finished_port_s_target_leads_to_its_wheel(tmp_path: Path) -> None:
    demo = node("demo")
    rig = Rig(tmp_path, plan([demo], [], "demo==1"))
    (target,) = (
        Path(path)
        for task in task_dicts(rig.graph, lambda _: True, workspace=rig.workspace)
        for path in task.get("targets", ())
    )
    wheel = rig.run()["demo"].wheel
    assert target.is_symlink()
    assert target.resolve().name == wheel
    target.unlink()
    assert rig.run()["demo"].ending is Ending.CACHED
    assert target.resolve().name == wheel


def test_a_link_follows_the_wheel_it_is_to_lead_to(tmp_path: Path) -> None:
    link = tmp_path / "ports" / "demo"
    for name in ("one", "two", "two"):
        (tmp_path / name).touch()
        point(link, tmp_path / name)
        assert link.resolve() == tmp_path / name
    assert [path.name for path in link.parent.iterdir()] == ["demo"]
