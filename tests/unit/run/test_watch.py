from __future__ import annotations

import pytest

from fakes.engine import FakeEngine, Reply
from porter.engine import Limits, Root, Step
from porter.model import ARCHITECTURES
from porter.run import Options
from porter.run.watch import DAY, SILENCE, Patience, Watched
from unit.recipes.rules import recipe_with

STEP = Step("step", ("true",), Root("fake", ARCHITECTURES["aarch64"], "", None, "debian"))


def ignore(_: bytes) -> None: ...


def test_the_commands_of_an_attempt_share_its_time() -> None:
    engine = FakeEngine({"step": Reply(seconds=4)})
    watched = Watched(engine, Patience(10, 3))
    ends = [watched.run(STEP, ignore) for _ in range(3)]
    assert [end.timed_out for end in ends] == [False, False, True]
    assert [step.limits.seconds for step in engine.steps] == [10, 6, 2]
    assert {step.limits.silence for step in engine.steps} == {3}


def test_when_nothing_is_left_there_is_still_a_limit() -> None:
    engine = FakeEngine({"step": Reply(seconds=4)})
    watched = Watched(engine, Patience(1, 3))
    assert [watched.run(STEP, ignore).timed_out for _ in range(2)] == [True, True]


def test_a_shorter_limit_of_a_step_holds() -> None:
    engine = FakeEngine({"step": Reply()})
    step = Step(STEP.name, STEP.argv, STEP.root, limits=Limits(seconds=5, memory=7))
    Watched(engine, Patience(10, 3)).run(step, ignore)
    assert engine.steps[0].limits == Limits(seconds=5, silence=3, memory=7)


def test_sweeping_and_stopping_are_the_engines() -> None:
    engine = FakeEngine({"step": Reply()}, leftovers=2)
    watched = Watched(engine, Patience(1, 1))
    assert (watched.name, watched.sweep()) == ("fake", 2)
    watched.stop()
    with pytest.raises(KeyboardInterrupt):
        engine.run(STEP, ignore)


def test_how_long_is_waited() -> None:
    assert Options().patience(None) == Patience(DAY, SILENCE)
    known = recipe_with(time=10_000, max_silent_time=99)
    assert Options().patience(known) == Patience(200_000, 99)
    assert Options().patience(recipe_with(time=10)).seconds == DAY
    asked = Options(timeout=5, silence=6)
    assert asked.patience(known) == Patience(5, 6)
