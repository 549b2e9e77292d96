from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.engine import FakeEngine
from fakes.running import Rig
from porter import app
from porter.app import Execution, Run, Selection
from porter.app import building as building_module
from porter.app.holding import held
from porter.config import Workspace
from porter.errors import EngineError, UsageError
from porter.graph import PortGraph, encode
from porter.model import Ending, Phase, State
from porter.run import StepJob
from unit.graph.plans import needs, node, plan, tool

PLAN = plan([node("demo"), tool("setuptools")], needs(node("demo"), tool("setuptools")), "demo")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "demo.json").write_bytes(encode(PLAN))
    return tmp_path


def build(workspace: Path, notice: Callable[[str], None] = lambda _: None, **how: Any) -> Run:
    selection = Selection((str(workspace / "graphs" / "demo.json"),))
    return app.build(
        selection, Execution(**how), workspace=workspace, notice=notice, sink=lambda _: None
    )


@pytest.fixture
def steps(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """Lets `app.build` run on fakes."""
    rig = Rig(workspace, PLAN)
    monkeypatch.setattr(building_module, "choose", lambda *_, **__: rig.make_engine())
    monkeypatch.setattr(building_module, "make_steps", lambda *_, **__: rig.steps())
    return rig


@pytest.mark.usefixtures("steps")
def test_a_plan_is_built_as_it_stands(workspace: Path) -> None:
    run = build(workspace)
    assert run.all_well
    assert [outcome.ending for outcome in run.outcomes] == [Ending.BUILT]
    assert run.planned.path == workspace / "graphs" / "demo.json"


def test_a_dry_run_touches_nothing(workspace: Path) -> None:
    run = build(workspace, dry_run=True)
    assert run.outcomes == ()
    assert [path.name for path in workspace.iterdir()] == ["graphs"]


@pytest.mark.usefixtures("steps")
def test_a_second_run_in_the_same_workspace_waits(workspace: Path, steps: Rig) -> None:
    told, waiting, outcomes = [], threading.Event(), []

    def notice(text: str) -> None:
        told.append(text)
        waiting.set()

    with held(steps.workspace, notice):
        second = threading.Thread(target=lambda: outcomes.append(build(workspace, notice)))
        second.start()
        assert waiting.wait(10)
        assert not outcomes
    second.join(20)
    assert outcomes
    (said,) = told
    assert said.startswith(f"waiting for another run in {workspace} to end: process {os.getpid()}")
    assert not (workspace / ".porter" / "lock.json").exists()


def test_what_runs_on_from_a_killed_run_is_ended_before_its_folders_go(
    workspace: Path, steps: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = steps.workspace.work / "demo-1-cp39"
    scratch.mkdir(parents=True)
    seen = []

    class Engine(FakeEngine):
        def sweep(self) -> int:
            seen.append(scratch.exists())
            return 1

    monkeypatch.setattr(building_module, "choose", lambda *_, **__: Engine())
    told: list[str] = []
    assert build(workspace, told.append).all_well
    assert seen == [True]
    assert told == [
        "leftovers of an earlier run removed from fake: 1",
        "leftovers of an earlier run removed: 1",
    ]


def test_what_shall_be_rebuilt_is_named_as_pip_would() -> None:
    graph = PortGraph(plan([node("my-demo"), node("there", State.AVAILABLE)], [], "my-demo"))
    assert building_module._rebuild(["My_Demo"], graph) == {"my-demo"}
    with pytest.raises(UsageError, match="--rebuild there") as caught:
        building_module._rebuild(["there"], graph)
    assert caught.value.hint == "It builds my-demo."


def test_an_engine_that_cannot_be_had_ends_the_run(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(*_: object, **__: object) -> FakeEngine:
        raise EngineError("no engine here")

    monkeypatch.setattr(building_module, "choose", choose)
    monkeypatch.setenv("PORTER_CACHE_DIR", str(workspace / "cache"))
    with pytest.raises(EngineError, match="no engine here"):
        build(workspace)


@pytest.mark.parametrize(
    ("cores", "gigabytes", "jobs"), [(8, 64, 8), (8, 8, 4), (1, 64, 1), (4, 1, 1)]
)
def test_as_many_jobs_as_cores_and_memory_allow(cores: int, gigabytes: int, jobs: int) -> None:
    assert building_module.default_jobs(cores, gigabytes << 30) == jobs


def test_what_a_recipe_states_is_what_a_build_weighs(workspace: Path) -> None:
    (workspace / "recipes").mkdir()
    text = 'reason = "a test"\n[[release]]\nmemory = 300\n'
    (workspace / "recipes" / "demo.toml").write_text(text)
    graph = PortGraph(plan([node("demo"), node("other")], [], "demo", "other"))
    stated = building_module._stated(graph, Workspace(workspace))
    schedule = building_module._schedule(graph, {}, stated, 2)
    assert schedule.weight(StepJob(node("demo").id, Phase.BUILD)) == 300 << 20
    assert schedule.weight(StepJob(node("other").id, Phase.BUILD)) > 300 << 20
    assert schedule.weight(StepJob(node("other").id, Phase.VERIFY)) == 0


def test_a_distribution_that_cannot_be_tried_is_refused_before_anything_runs(
    workspace: Path,
) -> None:
    with pytest.raises(UsageError, match="ubuntu:noble") as caught:
        build(workspace, verify_on=("debian:trixie", "ubuntu:noble"))
    assert "debian:bookworm" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="exclude each other"):
        build(workspace, verify_on=("debian:trixie",), verify="none")
    assert build(workspace, verify_on=("debian:trixie",), dry_run=True).outcomes == ()
