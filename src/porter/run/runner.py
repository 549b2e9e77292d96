"""Runs the doit tasks of a plan in this process.

doit keeps no memory of ours (`_NoMemory`): a killed run must not lose finished work, and doit
writes its own database only at the end. See ``doit.runner.Runner`` for the hooks overridden here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from doit.control import TaskControl
from doit.exceptions import BaseFail
from doit.loader import generate_tasks
from doit.runner import Runner

from porter.graph import PortGraph
from porter.model import Ending, Node, Outcome, Phase
from porter.run.tasks import Perform, is_done, task_dicts


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
    """A runner that stops at an exception, and otherwise keeps going."""

    def __init__(self, trouble: list[Exception], *, keep_going: bool) -> None:
        super().__init__(_NoMemory(), _Silent(), continue_=keep_going)
        self._trouble = trouble

    def _handle_task_error(self, node: Any, base_fail: BaseFail) -> None:
        super()._handle_task_error(node, base_fail)
        if self._trouble:
            self._stop_running = True


def run(graph: PortGraph, perform: Perform, *, fail_fast: bool = False) -> None:
    """Do every port of a plan, in an order its edges allow; keep going past failures.

    Raises:
        Exception: whatever a step raises, as it was (a `PorterError` when, for instance, the
            engine went away); ports finished before it stay finished.
    """
    trouble: list[Exception] = []

    def guarded(node: Node, phase: Phase) -> bool:
        # doit would turn an exception into a message of its own; these end the run as they are.
        try:
            return perform(node, phase)
        except Exception as error:  # noqa: BLE001  # raised again below, as it was
            trouble.append(error)
            return False

    tasks = generate_tasks("port", task_dicts(graph, guarded))
    control = TaskControl(tasks)
    control.process(None)
    _Runner(trouble, keep_going=not fail_fast).run_all(control.task_dispatcher())
    if trouble:
        raise trouble[0]


def blocked(graph: PortGraph, outcomes: Mapping[str, Outcome]) -> Iterator[Outcome]:
    """The outcomes of ports that never ended: what they waited for did not come."""
    for node in graph.order():
        if node.id not in outcomes and is_done(graph, node):
            named = causes(graph, node, outcomes)
            reason = f"waits for {', '.join(named)}" if named else "the run stopped before it"
            yield Outcome(node.id, Ending.BLOCKED, reason=reason, blocked_by=named)


def causes(graph: PortGraph, node: Node, outcomes: Mapping[str, Outcome]) -> tuple[str, ...]:
    """What a node waits for in vain: the root causes, not the next one in the chain."""
    bad = {Ending.FAILED, Ending.NO_SOURCE}
    ended = (need for need in graph.needs(node.id) if need in outcomes)
    return tuple(sorted(need for need in ended if outcomes[need].ending in bad))
