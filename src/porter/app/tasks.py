"""The steps of the plans in a workspace as doit's tasks, for a dodo.py."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from porter.app.building import Execution, connected, make_steps, put_away
from porter.app.holding import held
from porter.app.planning import Notice, Selection, indexes, read_plan
from porter.config import Workspace
from porter.engine import DockerEngine, LocalEngine
from porter.errors import UsageError
from porter.graph import PortGraph
from porter.index import Indexes
from porter.model import Phase
from porter.run import Event, PortEnded, StepJob, Steps, task_dicts, task_name


def port_tasks(workspace: Path, *, notice: Notice) -> Iterator[dict[str, Any]]:
    """doit's task dictionaries for the ports of every plan in graphs/.

    A port that several plans name has the steps of the first. The last of these goes through it
    for the others, which find it finished; or build it, where theirs is another wheel.
    """
    session = _Session(Workspace(workspace), notice)
    tasks: dict[str, dict[str, Any]] = {}
    for path in sorted(session.place.graphs.glob("*.json")):
        for name, task in _Late(PortGraph(read_plan(path).plan), session).tasks.items():
            first = tasks.setdefault(name, task)
            if first is not task and task["name"] == Phase.PUBLISH:
                first["actions"] += task["actions"]
                targets = (*first.get("targets", ()), *task.get("targets", ()))
                first["targets"] = list(dict.fromkeys(targets))
    yield from tasks.values()


class _Session:
    """A workspace, held from the first step of this process to its end, and what steps share."""

    def __init__(self, place: Workspace, notice: Notice) -> None:
        self.place = place
        self.notice = notice
        self.lock = threading.Lock()
        self._process = os.getpid()
        self._begun: tuple[DockerEngine | LocalEngine, Indexes, ExitStack] | None = None

    def steps(self, late: _Late) -> Steps:
        """The steps of a plan; for one thread at a time."""
        self._begun = self._begun or self._begin()
        engine, index, ending = self._begun
        steps = make_steps(
            late.graph,
            Execution(),
            engine=engine,
            place=self.place,
            index=index,
            notice=self.notice,
            sink=late.tell,
        )
        ending.callback(steps.close)
        return steps

    def _begin(self) -> tuple[DockerEngine | LocalEngine, Indexes, ExitStack]:
        if os.getpid() != self._process:
            raise UsageError(
                "several processes cannot share a run's steps",
                hint="Leave out doit's -n; porter build runs several ports at once.",
            )
        with ExitStack() as stack:
            stack.enter_context(held(self.place, self.notice))
            index = stack.enter_context(closing(indexes(Selection(), self.notice)))
            engine = connected(Execution(), self.notice)
            put_away(self.place, self.notice)
            ending = stack.pop_all()
        # doit tells nobody when its last task has ended.
        atexit.register(ending.close)
        return engine, index, ending


class _Late:
    """The tasks of a plan, whose engine and images are looked for when the first one runs."""

    def __init__(self, graph: PortGraph, session: _Session) -> None:
        self.graph = graph
        self._session = session
        self._steps: Steps | None = None
        found = task_dicts(graph, self._perform, workspace=session.place)
        self.tasks = {f"{task['basename']}:{task['name']}": task for task in found}
        """By their whole names."""

    def tell(self, event: Event) -> None:
        """Say how a port ended."""
        if isinstance(event, PortEnded):
            outcome = event.outcome
            self._session.notice(
                f"{outcome.id}: {outcome.ending} {outcome.wheel or outcome.reason}"
            )

    def _perform(self, job: StepJob) -> bool:
        """Do a step, after those it waits for: another plan's may have been done for them."""
        with self._session.lock:
            steps = self._steps = self._steps or self._session.steps(self)
        if steps.known(job) is None:
            name = f"{task_name(self.graph.node(job.port))}:{job.phase}"
            for need in self.tasks[name]["task_dep"]:
                self._perform(self.tasks[need]["meta"]["job"])
        return steps.perform(job)
