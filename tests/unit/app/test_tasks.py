"""Plans as doit would perform them: task by task, each after those it depends on."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doit.control import TaskControl
from doit.task import dict_to_task

from fakes.attempts import attempt
from fakes.building import BUILD
from fakes.engine import Reply
from fakes.running import Rig
from porter import app
from porter.app import tasks as tasks_module
from porter.config import Workspace
from porter.engine import Step
from porter.engine.owner import Owner
from porter.errors import UsageError
from porter.graph import PortGraph, encode
from porter.model import Plan, Platform, State
from porter.run import Journal, Steps
from unit.graph.plans import needs, node, plan, tool

LIB = tool("lib", State.PORT)
ONE = plan([node("one"), LIB], needs(node("one"), LIB), "one==1")
TWO = plan([node("two"), LIB], needs(node("two"), LIB), "two==1")


class Doit:
    """A workspace whose steps run on fakes, and a process that does its tasks."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = Workspace(folder)
        self.place.graphs.mkdir()
        self.told: list[str] = []
        self.rigs: dict[str, Rig] = {}
        """By the target of their plan."""
        self.failing = "nothing"
        """How the name of what fails begins."""
        self._endings: list[Callable[[], object]] = []
        monkeypatch.setenv("PORTER_CACHE_DIR", str(folder / "cache"))
        monkeypatch.setattr(tasks_module, "connected", lambda *_: None)
        monkeypatch.setattr(tasks_module, "make_steps", self._steps)
        monkeypatch.setattr(atexit, "register", self._endings.append)

    def add(self, name: str, one: Plan) -> None:
        (self.place.graphs / f"{name}.json").write_bytes(encode(one))

    def tasks(self) -> dict[str, dict[str, Any]]:
        found = app.port_tasks(self.place.root, notice=self.told.append)
        return {f"{task['basename']}:{task['name']}": task for task in found}

    def run(self) -> list[str]:
        """Do all; the tasks that failed."""
        tasks, bad = self.tasks(), list[str]()
        control = TaskControl([dict_to_task(_named(task)) for task in tasks.values()])
        control.process(None)
        done: set[str] = set()

        def do(name: str) -> None:
            if name not in done:
                done.add(name)
                for need in tasks[name]["task_dep"]:
                    do(need)
                if not all(action() for action in tasks[name]["actions"]):
                    bad.append(name)

        for name in tasks:
            do(name)
        return bad

    def end(self) -> None:
        """Let the process end."""
        while self._endings:
            self._endings.pop()()

    def _fails(self, step: Step) -> bool:
        return step.name.startswith(self.failing) and step.name.endswith(f".{BUILD}")

    def _steps(self, graph: PortGraph, *_: object, **how: Any) -> Steps:
        rig = Rig(self.place.root, graph.plan)
        (target,) = graph.plan.target.requirements
        self.rigs[target] = rig
        rig.replies = {self._fails: Reply(code=1)}
        steps = rig.steps()
        object.__setattr__(steps._services, "sink", how["sink"])
        return steps


def _named(task: Mapping[str, Any]) -> dict[str, Any]:
    """As doit reads what a dodo file yields."""
    fields = {key: value for key, value in task.items() if key != "basename"}
    return fields | {"name": f"{task['basename']}:{task['name']}"}


@pytest.fixture
def doit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Doit]:
    doit = Doit(tmp_path, monkeypatch)
    doit.add("one", ONE)
    yield doit
    doit.end()


def test_they_are_listed_without_an_engine(doit: Doit) -> None:
    doit.add("same", ONE)
    phases = ["fetch", "prepare", "build", "repair", "verify", "publish"]
    assert [task["name"] for task in doit.tasks().values()] == [*phases, *phases]
    assert doit.rigs == {}


def test_a_port_of_two_plans_is_built_once_and_known_to_both(doit: Doit) -> None:
    doit.add("two", TWO)
    assert doit.run() == []
    assert doit.rigs["one==1"].built == ["lib (native)", "one (cross)"]
    assert doit.rigs["two==1"].built == ["two (cross)"]
    wheels = {path.name.partition("-")[0] for path in doit.place.wheelhouse.glob("*.whl")}
    assert wheels == {"lib", "one", "two"}
    assert [line.partition(" ")[2].partition(" ")[0] for line in doit.told] == [
        "built", "cached", "built", "built",
    ]  # fmt: skip


def test_a_plan_for_another_platform_leaves_its_own_link_to_its_wheel(doit: Doit) -> None:
    other = Platform.parse("aarch64", "manylinux_2_28")
    doit.add("other", replace(ONE, target=replace(ONE.target, platform=other)))
    assert doit.run() == []
    targets = doit.tasks()["port:one-1-cp39:publish"]["targets"]
    assert {Path(target).parent.name for target in targets} == {
        "manylinux2014_aarch64",
        "manylinux_2_28_aarch64",
    }
    assert all(Path(target).exists() for target in targets)


def test_what_fails_is_tried_once(doit: Doit) -> None:
    doit.add("two", TWO)
    doit.failing = "lib-"
    bad = doit.run()
    assert {"port:lib-1-cp39-build:build", "port:one-1-cp39:fetch", "port:two-1-cp39:fetch"} < {
        *bad
    }
    assert doit.rigs["one==1"].built == ["lib (native)"]
    assert doit.rigs["two==1"].built == []


def test_the_workspace_is_held_from_the_first_step_to_the_end_of_the_process(doit: Doit) -> None:
    lock = doit.place.state / "lock.json"
    doit.tasks()
    assert not lock.exists()
    doit.run()
    assert lock.exists()
    doit.end()
    assert not lock.exists()


def test_what_a_killed_run_left_is_put_away_first(doit: Doit) -> None:
    dead = replace(Owner.parse(attempt().owner) or Owner.current(), boot="earlier")
    Journal(doit.place.journal).begin(attempt(outcome="running", owner=str(dead), phase="build"))
    doit.run()
    assert doit.told[0] == "demo==1@cp39 was interrupted in build; it is done again"


def test_several_processes_are_refused(doit: Doit, monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(doit.tasks().values()))
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with pytest.raises(UsageError, match="several processes"):
        first["actions"][0]()
