"""What every executor does; and what threads do beside it."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable
from typing import Protocol

import pytest

from lib.simulated import Simulated
from porter.errors import EngineError
from porter.model import Phase
from porter.run.executor import Executor, Perform, StepJob, StepResult, Threads

A, B = StepJob("a==1@cp39", Phase.BUILD), StepJob("b==1@cp39", Phase.BUILD)


class Make(Protocol):
    def __call__(self, perform: Perform, *, halt: Callable[[], None]) -> Executor: ...


def nothing() -> None: ...


@pytest.fixture(params=[Threads, Simulated])
def make(request: pytest.FixtureRequest) -> Make:
    chosen: Make = request.param
    return chosen


def test_every_step_is_told_once(make: Make) -> None:
    performed: list[StepJob] = []

    def perform(job: StepJob) -> bool:
        performed.append(job)
        return job is A

    executor = make(perform, halt=nothing)
    executor.start(A)
    executor.start(B)
    results = {executor.wait(), executor.wait()}
    executor.stop()
    assert results == {StepResult(A, good=True), StepResult(B, good=False)}
    assert sorted(job.port for job in performed) == [A.port, B.port]


def test_a_step_may_start_after_another_ended(make: Make) -> None:
    executor = make(lambda _: True, halt=nothing)
    executor.start(A)
    assert executor.wait().job is A
    executor.start(B)
    assert executor.wait().job is B
    executor.stop()


@pytest.mark.parametrize("error", [EngineError("gone"), KeyboardInterrupt()])
def test_an_exception_comes_back_as_it_was(make: Make, error: BaseException) -> None:
    def perform(_job: StepJob) -> bool:
        raise error

    executor = make(perform, halt=nothing)
    executor.start(A)
    result = executor.wait()
    executor.stop()
    assert (result.good, result.error) == (False, error)


def test_stopping_halts_what_is_under_way(make: Make) -> None:
    halted = threading.Event()
    executor = make(lambda _: halted.wait(20), halt=halted.set)
    executor.start(A)
    executor.stop()
    assert halted.is_set()


def test_nothing_is_halted_where_nothing_is_under_way(make: Make) -> None:
    halted = threading.Event()
    executor = make(lambda _: True, halt=halted.set)
    executor.start(A)
    executor.wait()
    executor.stop()
    assert not halted.is_set()


def test_jobs_and_results_are_plain_data() -> None:
    trouble = EngineError("gone", hint="start it")
    result = pickle.loads(pickle.dumps(StepResult(A, good=False, error=trouble)))  # noqa: S301  # ours
    assert result.job == A
    assert isinstance(result.error, EngineError)
    assert result.error.hint == "start it"


def test_threads_perform_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def perform(_job: StepJob) -> bool:
        both.wait(20)
        return True

    threads = Threads(perform, halt=nothing)
    threads.start(A)
    threads.start(B)
    assert {threads.wait().good, threads.wait().good} == {True}
    threads.stop()


def test_a_thread_lives_until_the_end() -> None:
    """What a step started may die with its thread (PR_SET_PDEATHSIG): none ends before `stop`."""
    seen: list[threading.Thread] = []

    def perform(_job: StepJob) -> bool:
        seen.append(threading.current_thread())
        return True

    threads = Threads(perform, halt=nothing)
    for job in (A, B):
        threads.start(job)
        threads.wait()
    assert all(thread.is_alive() for thread in seen)
    assert len(set(seen)) == 1
    threads.stop()
    assert not any(thread.is_alive() for thread in seen)


def test_a_signal_ends_the_wait_and_stopping_ends_the_step() -> None:
    halted, ended = threading.Event(), threading.Event()

    def perform(_job: StepJob) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        halted.wait(20)
        ended.set()
        return True

    threads = Threads(perform, halt=halted.set)
    threads.start(A)
    with pytest.raises(KeyboardInterrupt):
        threads.wait()
    threads.stop()
    assert ended.is_set()
