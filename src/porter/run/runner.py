"""Runs the doit tasks of a plan: doit orders, the schedule chooses, an executor performs.

doit keeps no memory of ours (`_NoMemory`): a killed run must not lose finished work, and doit
writes its own database only at the end. See ``doit.runner.Runner`` for what is overridden here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from doit.control import TaskControl
from doit.exceptions import BaseFail, TaskFailed
from doit.runner import Runner
from doit.task import dict_to_task

from porter.graph import PortGraph
from porter.model import Ending, Outcome
from porter.run.executor import Executor, StepJob, StepResult
from porter.run.schedule import Schedule
from porter.run.tasks import done_nodes, task_dicts

_HOLD_ON = "hold on"
"""What doit's dispatcher says while everything left waits for what runs."""


def _nothing_known(_job: StepJob) -> bool | None:
    return None


class _NoMemory:
    """Stands where doit keeps its database: every task is due, nothing is remembered."""

    def get_status(self, _task: Any, _tasks: Any) -> SimpleNamespace:
        return SimpleNamespace(status="run")

    def status_is_ignore(self, _task: Any) -> bool:
        return False

    def save_success(self, _task: Any) -> None: ...

    def remove_success(self, _task: Any) -> None: ...

    def close(self) -> None: ...


class _Silent:
    """Stands where doit reports; events go to porter's own sink."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_kwargs: None


class _Runner(Runner):  # type: ignore[misc]  # doit has no types
    """Starts a task the moment its last need has ended, as far as the schedule lets it."""

    def __init__(
        self,
        executor: Executor,
        schedule: Schedule,
        known: Callable[[StepJob], bool | None],
        *,
        fail_fast: bool,
    ) -> None:
        super().__init__(_NoMemory(), _Silent(), continue_=True)
        self._fail_fast = fail_fast
        self._executor = executor
        self._schedule = schedule
        self._known = known
        self._waiting: dict[StepJob, Any] = {}
        self._under_way = 0
        self._all_told = False
        self._gave_up = False
        self.trouble: BaseException | None = None

    def run_tasks(self, task_dispatcher: Any) -> None:
        """Until nothing runs and nothing may start."""
        with _uncollected():
            self._take_in(task_dispatcher, None)
        self._start(task_dispatcher)
        while self._under_way:
            result = self._executor.wait()
            self._under_way -= 1
            self._end(task_dispatcher, result)
            self._start(task_dispatcher)

    def _take_in(self, dispatcher: Any, ended: Any) -> None:
        """Tell doit what has ended, and take all that is ready now."""
        while not self._all_told:
            try:
                node = dispatcher.generator.send(ended)
            except StopIteration:
                self._all_told = True
                return
            if node == _HOLD_ON:
                return
            # A task that is not selected has ended at once: what it waited for had failed.
            ended = node
            if self.select_task(node, dispatcher.tasks):
                job: StepJob = node.task.meta["job"]
                self._waiting[job] = node
                self._schedule.add(job)

    def _start(self, dispatcher: Any) -> None:
        while not self._gave_up and (job := self._schedule.take()) is not None:
            good = self._known(job)
            if good is None:
                self._executor.start(job)
                self._under_way += 1
            else:
                self._end(dispatcher, StepResult(job, good))

    def _end(self, dispatcher: Any, result: StepResult) -> None:
        self._schedule.free(result.job, good=result.good)
        node = self._waiting.pop(result.job)
        if result.error is not None:
            # One port's trouble may be its own; a second one's is that of all.
            self._gave_up = self.trouble is not None
            self.trouble = self.trouble or result.error
            self._schedule.close()
            return
        if self._fail_fast and not result.good:
            self._schedule.close()
        failure: BaseFail | None = None if result.good else TaskFailed("see its outcome")
        self.process_task_result(node, failure)
        self._take_in(dispatcher, node)


def run(
    graph: PortGraph,
    executor: Executor,
    schedule: Schedule,
    *,
    known: Callable[[StepJob], bool | None] = _nothing_known,
    finished: Container[str] = (),
    fail_fast: bool = False,
) -> None:
    """Do every port of a plan that is not finished, in an order its edges allow.

    A failure ends nothing but its port and what waits for it.
    No port begins after a step raised, or after the first failure with `fail_fast`; those that
    have begun go on to their end, as far as what they wait for comes. After a second step raised
    nothing starts any more. `known` answers, without performing it, whether a step has
    ended well or can only fail; None: it is to be performed.

    Raises:
        BaseException: whatever a step raises first, as it was (a `PorterError` when, for
            instance, the engine went away); ports finished before it stay finished.
        KeyboardInterrupt: the person stopped it; nothing runs any more.
    """
    runner = _Runner(executor, schedule, known, fail_fast=fail_fast)
    try:
        with _uncollected():
            tasks = task_dicts(graph, _never, finished=finished)
            control = TaskControl([_task(**fields) for fields in tasks])
            control.process(None)
        runner.run_all(control.task_dispatcher())
    finally:
        executor.stop()
        gc.unfreeze()
    if runner.trouble is not None:
        raise runner.trouble


def _task(*, basename: str, name: str, **fields: Any) -> Any:
    """A doit task, without the group that doit itself would make for each port."""
    return dict_to_task({"name": f"{basename}:{name}", **fields})


def _never(job: StepJob) -> bool:
    raise AssertionError(f"{job} is performed by the executor")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away from what is made in the block and stays until the end.

    It would look through the tasks of a large graph again and again: more work than all the rest.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def blocked(graph: PortGraph, outcomes: Mapping[str, Outcome]) -> Iterator[Outcome]:
    """The outcomes of ports that never ended: what they waited for did not come."""
    found = causes(graph, outcomes)
    for node in done_nodes(graph):
        if node.id not in outcomes:
            named = tuple(sorted(found[node.id]))
            reason = f"waits for {', '.join(named)}" if named else "the run stopped before it"
            yield Outcome(node.id, Ending.BLOCKED, reason=reason, blocked_by=named)


def causes(graph: PortGraph, outcomes: Mapping[str, Outcome]) -> dict[str, frozenset[str]]:
    """What each node waits for in vain: the root causes, not the next one in the chain."""
    bad = {Ending.FAILED, Ending.NO_SOURCE}
    found: dict[str, frozenset[str]] = {}
    for node in graph.order():
        needs = graph.waits_for(node.id)
        ended = frozenset(n for n in needs if n in outcomes and outcomes[n].ending in bad)
        found[node.id] = ended.union(*(found[need] for need in needs))
    return found
