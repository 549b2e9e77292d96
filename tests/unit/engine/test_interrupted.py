"""A signal at any moment of a container's life leaves no container: the SDK is a stub."""

from __future__ import annotations

import os
import platform
import signal
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import APIError
from requests import Response

from porter.engine import DockerEngine, Root, Step, containers
from porter.engine.containers import OWNER_LABEL
from porter.engine.owner import Owner
from porter.errors import EngineError, EngineGone
from porter.model import ARCHITECTURES
from porter.signals import Signals

STEP = Step("demo", ("true",), Root("image", ARCHITECTURES[platform.machine()], "d", None, "host"))


class StubApi:
    """Remembers which containers there are; a signal comes in the midst of the call named."""

    def __init__(self, signal_in: str) -> None:
        self.signal_in = signal_in
        self.here: set[str] = set()
        self.carried_out: list[str] = []

    def create_container(self, *, name: str, **_: Any) -> None:
        self._arrive("create")
        self.here.add(name)

    def start(self, _name: str) -> None:
        self._arrive("start")

    def remove_container(self, name: str, **_: Any) -> None:
        self._arrive("remove")
        self.here.discard(name)

    def inspect_container(self, _name: str) -> dict[str, Any]:
        self._arrive("inspect")
        return {"Id": "c" * 64, "State": {"ExitCode": 0, "OOMKilled": False, "Pid": 0}}

    def create_host_config(self, **_: Any) -> dict[str, Any]:
        return {}

    def _arrive(self, call: str) -> None:
        if call == self.signal_in:
            os.kill(os.getpid(), signal.SIGTERM)
        self.carried_out.append(call)


class StubPump:
    """A container that ends at once."""

    def __init__(self, *_: object) -> None: ...

    def follow(self, *_: object) -> bool:
        return True

    def close(self) -> None: ...


@pytest.fixture
def _signals(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signals = Signals()
    signals.listen(lambda: None)
    monkeypatch.setattr(containers, "SIGNALS", signals)
    monkeypatch.setattr(containers, "Pump", StubPump)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


class EndingApi(StubApi):
    """An engine that is shut down: it answers on the connections it has, and takes no new ones."""

    connected = True

    def inspect_container(self, name: str) -> dict[str, Any]:
        found = super().inspect_container(name)
        return {**found, "State": {**found["State"], "ExitCode": 2}}

    def close(self) -> None:
        self.connected = False

    def ping(self) -> None:
        if not self.connected:
            raise ConnectionRefusedError


@pytest.mark.usefixtures("_signals")
def test_a_step_that_failed_because_its_engine_ends_is_no_failure() -> None:
    api = EndingApi("")
    engine = DockerEngine(SimpleNamespace(api=api, info=lambda: {"NCPU": 2}), "docker")
    with pytest.raises(EngineGone):
        engine.run(STEP, lambda _: None)
    assert api.here == set()


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize(
    ("moment", "whole"),
    [("create", True), ("start", True), ("inspect", False), ("remove", True)],
)
def test_no_container_is_left_and_no_request_broken_off(moment: str, *, whole: bool) -> None:
    api = StubApi(moment)
    engine = DockerEngine(SimpleNamespace(api=api, info=lambda: {"NCPU": 2}), "docker")
    with pytest.raises(KeyboardInterrupt):
        engine.run(STEP, lambda _: None)
    assert api.here == set()
    assert (moment in api.carried_out) is whole


class SweptApi(StubApi):
    """An engine with the container of a dead porter, which another porter is removing."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.status = status

    def containers(self, **_: Any) -> list[dict[str, Any]]:
        dead = replace(Owner.current(), boot="earlier")
        return [{"Id": "c1", "Labels": {OWNER_LABEL: str(dead)}}]

    def remove_container(self, name: str, **_: Any) -> None:
        response = Response()
        response.status_code = self.status
        raise APIError(f"removal of container {name}", response=response)


@pytest.mark.parametrize("status", [404, 409])
def test_two_may_remove_a_container_at_once(status: int) -> None:
    api = SweptApi(status)
    engine = DockerEngine(SimpleNamespace(api=api, info=lambda: {"NCPU": 2}), "docker")
    assert engine.sweep() == 1


def test_a_container_that_cannot_be_removed_is_told() -> None:
    api = SweptApi(500)
    engine = DockerEngine(SimpleNamespace(api=api, info=lambda: {"NCPU": 2}), "docker")
    with pytest.raises(EngineError, match="removing container c1"):
        engine.sweep()
