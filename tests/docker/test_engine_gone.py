"""A daemon that goes away in the midst of a step, and comes back."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.proxy import Proxy
from porter.engine import DockerEngine, Root
from porter.engine.containers import STEP_LABEL
from porter.engine.sockets import addresses
from porter.errors import EngineGone
from porter.run.again import again
from unit.engine.contract import SLEEP, ran, shell, wait_until

pytestmark = [
    pytest.mark.docker,
    # The SDK leaves its socket open when nobody takes the connection.
    pytest.mark.filterwarnings(r"ignore:Exception ignored in. <socket\.socket"),
]


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    behind = next(addresses("docker", {})).removeprefix("unix://")
    made = Proxy(tmp_path / "docker.sock", behind)
    yield made
    made.cut()


@pytest.fixture
def engine(proxy: Proxy) -> Iterator[DockerEngine]:
    engine = DockerEngine.connect("docker", {"DOCKER_HOST": proxy.address})
    yield engine
    engine.close()
    gc.collect()  # the SDK's sockets, while the warning about them is expected


def _left(docker_engine: DockerEngine, name: str) -> int:
    label = f"{STEP_LABEL}={name}"
    return len(docker_engine._client.api.containers(all=True, filters={"label": label}))


def test_a_step_that_is_cut_off_can_be_run_again_and_leaves_nothing(
    proxy: Proxy, engine: DockerEngine, docker_engine: DockerEngine, busybox_image: Root
) -> None:
    def cut_off() -> None:
        if wait_until(sleeping=True):
            proxy.cut()

    cut = threading.Thread(target=cut_off)
    cut.start()
    with pytest.raises(EngineGone):
        ran(engine, shell(busybox_image, f"sleep {SLEEP}", "cut-off"))
    cut.join()
    assert _left(docker_engine, "cut-off") == 1
    with pytest.raises(EngineGone):
        ran(engine, shell(busybox_image, "echo back", "still-off"))
    proxy.restore()
    assert ran(engine, shell(busybox_image, "echo back", "on-again")) == (0, b"back\n")
    assert _left(docker_engine, "cut-off") == 0
    assert wait_until(sleeping=False)


def test_it_is_waited_for(proxy: Proxy, engine: DockerEngine, busybox_image: Root) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            proxy.restore()

    proxy.cut()
    step = shell(busybox_image, "echo back", "waited-for")
    answer = again(lambda: ran(engine, step), broken_off=lambda *_: None, pause=pause)
    assert (answer, pauses) == ((0, b"back\n"), [1, 2])
