"""Steps that somebody else killed: no fault of the package's."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.engine import FakeEngine, Inside, Reply
from fakes.running import Rig
from porter.engine import Exit, Step
from porter.errors import LimitMet
from porter.model import Ending, Strategy
from porter.run.events import BrokenOff
from porter.run.meter import Meter
from unit.engine.test_interrupted import STEP
from unit.graph.plans import node, plan

BOTH = (Strategy.CROSS, Strategy.ACCELERATED)
TOOL = b"g++: fatal error: Killed signal terminated program cc1plus\n"
KILLS = [Reply(code=137), Reply(code=143), Reply((TOOL,), code=1)]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, plan([node("demo")], [], "demo==1"), rungs=BOTH)


def _killed(rig: Rig, reply: Reply, times: int) -> None:
    """Let so many builds end like this."""
    left = iter(range(times))

    def match(step: Step) -> bool:
        return step.name.endswith(".build_wheel") and next(left, None) is not None

    rig.replies = {match: reply, **rig.replies}


@pytest.mark.parametrize("reply", KILLS)
def test_the_same_rung_is_tried_again(rig: Rig, reply: Reply) -> None:
    _killed(rig, reply, times=2)
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.strategy, outcome.attempts) == (Ending.BUILT, BOTH[0], 1)
    assert outcome.warnings[:-1] == ()
    assert rig.pauses == [1, 2]
    told = [event.reason for event in rig.events if isinstance(event, BrokenOff)]
    assert ["killed from outside" in reason for reason in told] == [True, True]


def test_it_begins_from_a_clean_source_tree(rig: Rig) -> None:
    found: list[bool] = []

    def build(inside: Inside) -> None:
        half = inside.write("/porter/work/src") / "half-done.o"
        found.append(half.exists())
        half.touch()

    _killed(rig, Reply(code=137, act=build), times=2)
    assert rig.run()["demo"].ending is Ending.BUILT
    assert found == [False, False]


@pytest.mark.parametrize("reply", KILLS)
def test_after_that_it_is_a_failure_of_the_rung_and_never_remembered(
    rig: Rig, reply: Reply
) -> None:
    _killed(rig, reply, times=3)
    first = rig.run()["demo"]
    assert (first.ending, first.strategy) == (Ending.BUILT, BOTH[1])
    rig.rungs = BOTH[:1]
    _killed(rig, reply, times=3)
    second = rig.run()["demo"]
    assert (second.ending, second.rule) == (Ending.FAILED, "killed")
    assert rig.run()["demo"].ending is Ending.BUILT


@pytest.mark.parametrize("reply", [Reply(code=137, out_of_memory=True), Reply(code=1)])
def test_what_is_the_package_s_own_is_not_tried_again(rig: Rig, reply: Reply) -> None:
    _killed(rig, reply, times=1)
    assert rig.run()["demo"].strategy is BOTH[1]
    assert rig.pauses == []


def test_a_meter_counts_what_a_killed_step_took() -> None:
    meter = Meter(FakeEngine({"demo": Reply(code=143, cpu_seconds=2.0, peak_memory=7)}))
    with pytest.raises(LimitMet, match=r"demo was killed from outside \(status 143\)"):
        meter.run(STEP, lambda _: None)
    assert (meter.cpu_seconds, meter.peak_memory) == (2.0, 7)


@pytest.mark.parametrize(
    ("ended", "killed"),
    [
        (Exit(137, 1), True),
        (Exit(130, 1), True),
        (Exit(139, 1), False),
        (Exit(1, 1), False),
        (Exit(137, 1, timed_out=True), False),
        (Exit(137, 1, out_of_memory=True), False),
    ],
)
def test_who_ended_it(ended: Exit, killed: bool) -> None:  # noqa: FBT001  # a table's column
    assert ended.killed is killed
