"""Where steps are performed: plain data goes in, plain data comes back.

The runner decides what starts when; an executor performs what it is given, all at once. Threads
of this process are the one there is. Another machine's would take the same values: it needs the
plan, the workspace's files, and every step of a port at the same place, because the steps of a
port hand their scratch folder on to each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Protocol

from porter.model import Phase

PATIENCE = 30.0
"""Seconds that steps under way are given to clear up after they were told to end."""


@dataclass(frozen=True, slots=True)
class StepJob:
    """One step of one port."""

    port: str
    """Node id."""
    phase: Phase


@dataclass(frozen=True, slots=True)
class StepResult:
    """How a step ended."""

    job: StepJob
    good: bool
    """False when its port failed in it."""
    error: BaseException | None = None
    """Trouble that is not the package's."""


Perform = Callable[[StepJob], bool]
"""Does one step; False when its port failed in it (the reason is an `Outcome` by then)."""


class Executor(Protocol):
    """Performs steps. Contract tests: tests/unit/run/test_executor.py."""

    def start(self, job: StepJob) -> None:
        """Begin a step, beside those that are under way; returns at once."""
        ...

    def wait(self) -> StepResult:
        """The next step to end; each is told once. Only asked while a step is under way."""
        ...

    def stop(self) -> None:
        """End the steps under way and wait until they have cleared up; nothing starts after it."""
        ...


class Threads:
    """Steps in threads of this process (an `Executor`).

    A thread lives until `stop`: what it has started may be tied to its life (PR_SET_PDEATHSIG of
    prctl(2) tells the end of the thread, not of the process). `wait` is left by a signal's
    exception, as signals reach the main thread alone.
    """

    def __init__(self, perform: Perform, *, halt: Callable[[], None]) -> None:
        """Take what does a step, and what makes steps under way end soon with an exception."""
        self._perform = perform
        self._halt = halt
        self._jobs: SimpleQueue[StepJob | None] = SimpleQueue()
        self._results: SimpleQueue[StepResult] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._under_way = 0

    def start(self, job: StepJob) -> None:
        """See `Executor.start`."""
        self._under_way += 1
        if len(self._threads) < self._under_way:
            # A daemon, so that a step which nothing ends cannot keep the process alive.
            thread = threading.Thread(
                target=self._work, name=f"step-{self._under_way}", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def wait(self) -> StepResult:
        """See `Executor.wait`."""
        result = self._results.get()
        self._under_way -= 1
        return result

    def stop(self) -> None:
        """See `Executor.stop`."""
        if self._under_way:
            self._halt()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(PATIENCE)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._results.put(self._result(job))

    def _result(self, job: StepJob) -> StepResult:
        try:
            return StepResult(job, self._perform(job))
        except BaseException as error:  # noqa: BLE001  # the main thread raises it, as it is
            return StepResult(job, good=False, error=error)
