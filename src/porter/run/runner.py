"""Runs the doit tasks of a plan in this process.

doit keeps no memory of ours (`_NoMemory`): a killed run must not lose finished work, and doit
writes its own database only at the end. See ``doit.runner.Runner`` for the hooks overridden here.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

from doit.control import TaskControl
from doit.exceptions import BaseFail, TaskFailed
from doit.loader import generate_tasks
from doit.runner import Runner

from porter.errors import PorterError
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
    """A runner that stops at porter's own trouble, and otherwise keeps going."""

    def __init__(self, trouble: list[PorterError], *, keep_going: bool) -> None:
        super().__init__(_NoMemory(), _Silent(), continue_=keep_going)
        self._trouble = trouble

    def _handle_task_error(self, node: Any, base_fail: BaseFail) -> None:
        super()._handle_task_error(node, base_fail)
        if self._trouble:
            self._stop_running = True


def run(graph: PortGraph, perform: Perform, *, fail_fast: bool = False) -> None:
    """Do every port of a plan, in an order its edges allow; keep going past failures.

    Raises:
        PorterError: porter's own trouble, raised by a step (an engine that went away); ports
            finished before it stay finished.
    """
    trouble: list[PorterError] = []
    unexpected: list[Exception] = []

    def guarded(node: Node, phase: Phase) -> bool | TaskFailed:
        # doit would turn an exception into a message of its own; ours end the run as they are.
        try:
            done = perform(node, phase)
        except PorterError as error:
            trouble.append(error)
            return False
        except Exception as error:  # noqa: BLE001  # raised again below, as it was
            unexpected.append(error)
            trouble.append(PorterError(f"{node.id}, {phase}: {error}"))
            return False
        return done

    tasks = generate_tasks("port", task_dicts(graph, guarded))
    control = TaskControl(tasks)
    control.process(None)
    _Runner(trouble, keep_going=not fail_fast).run_all(control.task_dispatcher())
    if unexpected:
        raise unexpected[0]
    if trouble:
        raise trouble[0]


def blocked(graph: PortGraph, outcomes: dict[str, Outcome]) -> Iterable[Outcome]:
    """The outcomes of ports that never ended: what they waited for did not come.

    ``blocked_by`` names the root causes, not the next one in the chain.
    """
    for node in graph.order():
        if node.id not in outcomes and is_done(graph, node):
            causes = tuple(
                sorted(need for need in graph.needs(node.id) if _is_cause(outcomes, need))
            )
            reason = f"waits for {', '.join(causes)}" if causes else "the run stopped before it"
            yield Outcome(node.id, Ending.BLOCKED, reason=reason, blocked_by=causes)


def _is_cause(outcomes: dict[str, Outcome], node_id: str) -> bool:
    return node_id in outcomes and outcomes[node_id].ending in {Ending.FAILED, Ending.NO_SOURCE}
