from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.engine import Inside, Reply
from fakes.running import Rig, target_root
from porter.build import Ladder
from porter.errors import EngineError, EngineGone
from porter.model import Ending, Node, State, Strategy
from porter.run import proof as proof_module
from porter.run.again import PAUSES, again
from porter.run.events import BrokenOff
from porter.run.kits import Kit
from porter.verify import Level, Verified
from unit.graph.plans import needs, node, plan

DEMO = plan([node("demo")], [], "demo==1")


class Goes:
    """Goes away some times, then stays."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.calls = 0

    def __call__(self, *_: object) -> int:
        self.calls += 1
        self.left -= 1
        if self.left >= 0:
            raise EngineGone("docker broke off")
        return self.calls


def _gone(_: Inside) -> None:
    raise EngineGone("docker broke off")


def nothing(*_: object) -> None: ...


def test_what_comes_back_is_waited_for_longer_and_longer() -> None:
    pauses: list[float] = []
    assert again(Goes(4), broken_off=nothing, pause=pauses.append) == 5
    assert pauses == [1, 2, 4, 8]


def test_there_is_a_limit() -> None:
    act, pauses = Goes(99), list[float]()
    with pytest.raises(EngineGone):
        again(act, broken_off=nothing, pause=pauses.append)
    assert act.calls == len(PAUSES) + 1
    assert sum(pauses) == 63


def test_other_trouble_is_not_waited_for() -> None:
    def refuse() -> None:
        raise EngineError("no such image")

    pauses: list[float] = []
    with pytest.raises(EngineError):
        again(refuse, broken_off=nothing, pause=pauses.append)
    assert pauses == []


def test_a_build_that_is_broken_off_begins_anew(tmp_path: Path) -> None:
    """From a clean source tree; and the attempt is the same one."""
    rig, goes = Rig(tmp_path, DEMO), Goes(2)
    leftovers: list[bool] = []

    def build(inside: Inside) -> None:
        half = inside.write("/porter/work/src") / "half-done.o"
        leftovers.append(half.exists())
        half.touch()
        goes()

    rig.fails("demo", "get_requires_for_build_wheel", Reply(act=build))
    outcome = rig.run()["demo"]
    assert leftovers == [False] * 3
    assert rig.pauses == [1, 2]
    assert outcome.attempts == 1
    events = [event for event in rig.events if isinstance(event, BrokenOff)]
    assert [(event.reason, event.pause) for event in events] == [
        ("docker broke off", 1),
        ("docker broke off", 2),
    ]


def test_a_proof_that_is_broken_off_does_not_build_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, goes = Rig(tmp_path, DEMO), Goes(1)
    rig.kits.proved_in = target_root()

    def verify(*_: object, **__: Any) -> Verified:
        goes()
        return Verified(Level.IMPORT, modules=1)

    monkeypatch.setattr(proof_module, "verify", verify)
    assert rig.run()["demo"].ending is Ending.BUILT
    assert rig.built == ["demo (cross)"]


def test_a_delivery_that_is_broken_off_leaves_no_attempt_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, goes = Rig(tmp_path, plan([node("demo", State.AVAILABLE)], [], "demo")), Goes(1)
    rig.kits.proved_in = target_root()
    running: list[int] = []

    def verify(*_: object, **__: Any) -> Verified:
        running.append(len(rig.journal.running()))
        goes()
        return Verified(Level.IMPORT, modules=1)

    monkeypatch.setattr(proof_module, "verify", verify)
    assert rig.run()["demo"].ending is Ending.AVAILABLE
    assert running == [1, 1]
    outcomes = [attempt.outcome for attempt in rig.journal.attempts("demo==1@cp39")]
    assert outcomes == ["interrupted", "available"]


def test_an_engine_that_stays_away_ends_the_run_and_what_is_finished_stays(tmp_path: Path) -> None:
    rig = Rig(tmp_path, plan([node("a"), node("b")], needs(node("b"), node("a")), "b"))
    rig.fails("b", "build_wheel", Reply(act=_gone))
    with pytest.raises(EngineGone) as caught:
        rig.run()
    assert caught.value.exit_code == 4
    rig.replies.clear()
    outcomes = rig.run()
    assert (outcomes["a"].ending, outcomes["b"].ending) == (Ending.CACHED, Ending.BUILT)


def test_an_engine_that_goes_while_the_roots_are_looked_for_loses_no_rung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, goes = Rig(tmp_path, DEMO, rungs=(Strategy.CROSS, Strategy.EMULATED)), Goes(1)
    get = rig.kits.get

    def get_late(*args: Any) -> Kit:
        goes()
        return get(*args)

    monkeypatch.setattr(rig.kits, "get", get_late)
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.strategy) == (Ending.BUILT, Strategy.CROSS)
    assert rig.pauses == [1]


def test_an_engine_that_goes_while_finished_ports_are_looked_for_is_waited_for(
    tmp_path: Path,
) -> None:
    rig, goes = Rig(tmp_path, DEMO), Goes(1)
    rig.run()
    steps = rig.steps()
    ladder = steps._services.ladder

    def ladder_late(node: Node) -> Ladder:
        goes()
        return ladder(node)

    object.__setattr__(steps._services, "ladder", ladder_late)
    assert steps.recall() == {"demo==1@cp39"}
    assert rig.pauses == [1]
