from __future__ import annotations

from porter.engine import Limits
from porter.engine.clocks import POLL, Clocks


class Watch:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_without_limits_no_clock_runs_out() -> None:
    watch = Watch()
    clocks = Clocks(Limits(), watch)
    watch.time += 1e9
    assert (clocks.wait(), clocks.silent) == (POLL, False)


def test_the_total_runs_on_whatever_is_heard() -> None:
    watch = Watch()
    clocks = Clocks(Limits(seconds=10, silence=4), watch)
    for _ in range(3):
        watch.time += 3
        assert clocks.wait() > 0
        clocks.hear()
    watch.time += 1
    assert clocks.wait() <= 0
    assert not clocks.silent


def test_silence_counts_from_what_was_heard_last() -> None:
    watch = Watch()
    clocks = Clocks(Limits(seconds=100, silence=4), watch)
    watch.time += 3.9
    assert clocks.wait() > 0
    clocks.hear()
    watch.time += 3.9
    assert clocks.wait() > 0
    watch.time += 0.1
    assert (clocks.wait() <= 0, clocks.silent) == (True, True)
