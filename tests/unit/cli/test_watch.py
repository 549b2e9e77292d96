from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.cli.watch import Watch
from porter.model import Ending, Phase
from porter.run import guess
from porter.run.events import Event, PhaseEnded
from unit.cli.runs import BASE, GRAPH, MIDDLE, OTHER, TOP, ends, enters, started


def watched(*events: tuple[float, Event]) -> Watch:
    watch = Watch(0.0)
    for at, event in events:
        watch.take(event, at)
    return watch


def test_without_a_plan_nothing_is_known() -> None:
    watch = watched()
    assert (watch.total, watch.endings(), watch.left(1)) == (0, {}, None)


def test_what_has_no_source_has_ended_before_the_run_began() -> None:
    watch = watched((0, started()))
    assert watch.total == 5
    assert watch.endings() == {Ending.NO_SOURCE: 1}


def test_a_port_runs_from_its_first_phase_on_and_rests_between_two() -> None:
    watch = watched((1, enters(BASE, Phase.FETCH)), (4, enters(BASE)))
    (running,) = watch.running.values()
    assert (running.phase, running.since) == (Phase.BUILD, 1)
    watch.take(PhaseEnded(BASE, Phase.BUILD), 5)
    assert not watch.running
    watch.take(enters(BASE, Phase.REPAIR), 9)
    assert watch.running[BASE.id].since == 1
    watch.take(ends(BASE), 10)
    assert not watch.running


def test_what_waits_for_a_failure_is_blocked_at_once_and_counted_once() -> None:
    watch = watched((0, started()), (1, ends(BASE, Ending.FAILED)))
    expected = {Ending.FAILED: 1, Ending.BLOCKED: 2, Ending.NO_SOURCE: 1}
    assert watch.endings() == expected
    watch.take(ends(MIDDLE, Ending.BLOCKED), 2)
    assert watch.endings() == expected
    watch.take(ends(TOP, Ending.BLOCKED), 2)
    assert watch.endings() == expected


TIMES = {"base": 10.0, "other": 6.0, "middle": 20.0, "top": 5.0}


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [(1, 41.0), (2, 35.0), (99, 35.0)],
    ids=["all of it, one by one", "the longest way", "more jobs than ports"],
)
def test_the_time_left_is_the_work_or_the_longest_way(jobs: int, expected: float) -> None:
    watch = watched((0, started(TIMES, jobs=jobs)), (0, enters(BASE)))
    assert watch.left(0) == expected
    assert watch.left(4) == expected - 4


def test_what_ran_and_what_ended_is_no_longer_left() -> None:
    watch = watched((0, started(TIMES)), (0, enters(BASE)), (2, enters(OTHER)))
    assert watch.left(2) == 33
    watch.take(ends(BASE), 20)
    assert watch.left(20) == 25


def test_what_is_blocked_is_no_longer_left() -> None:
    watch = watched((0, started(TIMES)), (0, enters(OTHER)), (3, ends(BASE, Ending.FAILED)))
    assert watch.left(3) == 3


def test_a_port_never_timed_is_guessed() -> None:
    watch = watched((0, started({"base": 10.0, "other": 6.0, "middle": 20.0})), (0, enters(BASE)))
    assert watch.left(0) == 10 + 20 + guess(TOP)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([BASE, OTHER, MIDDLE, TOP]),
            st.sampled_from([Ending.BUILT, Ending.CACHED, Ending.FAILED]),
        ),
        unique_by=lambda pair: pair[0].id,
    )
)
def test_the_count_never_exceeds_the_total(order: list[tuple[object, Ending]]) -> None:
    watch = watched((0, started(TIMES)))
    for place, (port, ending) in enumerate(order):
        watch.take(ends(port, ending), place)  # type: ignore[arg-type]  # a node
        assert sum(watch.endings().values()) <= watch.total == len(GRAPH.ports()) + 1
        assert (watch.left(place) or 0) >= 0
