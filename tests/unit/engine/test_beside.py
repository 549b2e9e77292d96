from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.engine import FakeEngine, Match, Reply
from porter.engine import Beside, Root, Step
from porter.errors import EngineError
from porter.model import ARCHITECTURES

IMAGE = Root("image", ARCHITECTURES["x86_64"], "sha256:i", "/python", "debian")
HOST = replace(IMAGE, name="host", origin="host")
GOOD: dict[Match, Reply] = {"step": Reply()}


def quiet(_: bytes) -> None: ...


def test_a_step_goes_where_its_root_is() -> None:
    containers, local = FakeEngine(GOOD, name="docker"), FakeEngine(GOOD, leftovers=1)
    connected: list[FakeEngine] = []

    def connect() -> FakeEngine:
        connected.append(local)
        return local

    engine = Beside(containers, connect)
    assert engine.name == "docker"
    engine.run(Step("step", ("true",), IMAGE), quiet)
    assert connected == []
    for _ in range(2):
        engine.run(Step("step", ("true",), HOST), quiet)
    assert connected == [local]
    assert local.leftovers == 0
    assert [step.root.name for step in containers.steps] == ["image"]
    assert [step.root.name for step in local.steps] == ["host", "host"]


def test_both_are_stopped_and_one_that_comes_later_does_not_start() -> None:
    containers, local = FakeEngine(GOOD), FakeEngine(GOOD)
    engine = Beside(containers, lambda: local)
    engine.run(Step("step", ("true",), HOST), quiet)
    engine.stop()
    assert containers.stopped
    assert local.stopped
    late = Beside(FakeEngine(), lambda: FakeEngine(GOOD))
    late.stop()
    with pytest.raises(KeyboardInterrupt):
        late.run(Step("step", ("true",), HOST), quiet)


def test_a_machine_that_permits_no_namespaces_is_told_what_they_were_wanted_for() -> None:
    def refuse() -> FakeEngine:
        raise EngineError("no namespaces here", context="EPERM", hint="ask its owner")

    with pytest.raises(EngineError, match="own Python is wanted, and no namespaces") as caught:
        Beside(FakeEngine(), refuse).run(Step("step", ("true",), HOST), quiet)
    assert caught.value.hint == "ask its owner"
