from __future__ import annotations

from pathlib import Path

from fakes.attempts import PLATFORM
from fakes.building import HERE
from fakes.engine import FakeEngine, Match, Reply
from fakes.running import Rig
from porter.engine import Step
from porter.run.meter import Meter
from unit.graph.plans import needs, node, plan, tool

DEMO = plan([node("demo"), tool("setuptools")], needs(node("demo"), tool("setuptools")), "demo==1")


def test_times_are_added_and_the_greatest_need_counts() -> None:
    replies: dict[Match, Reply] = {
        "a": Reply(cpu_seconds=1.5, peak_memory=100),
        "b": Reply(cpu_seconds=2.0, peak_memory=70),
        "untold": Reply(),
    }
    meter = Meter(FakeEngine(replies))
    for name in replies:
        meter.run(Step(str(name), ("x",), HERE), lambda _: None)
    assert (meter.cpu_seconds, meter.peak_memory) == (3.5, 100)


def test_of_an_engine_that_cannot_tell_nothing_is_known() -> None:
    meter = Meter(FakeEngine({"a": Reply()}))
    meter.run(Step("a", ("x",), HERE), lambda _: None)
    assert (meter.cpu_seconds, meter.peak_memory) == (None, None)


def test_what_the_steps_took_is_in_the_journal(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO)
    rig.fails("demo", "build_wheel", Reply(code=1, cpu_seconds=4.0, peak_memory=1 << 20))
    rig.run()
    row = rig.journal.last("demo==1@cp39", PLATFORM)
    assert row is not None
    assert (row.outcome, row.cpu_seconds, row.peak_memory) == ("failed", 4.0, 1 << 20)
