"""A daemon that is shut down in the midst of a step ends the step first: not a package's fault."""

from __future__ import annotations

import gc
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.daemon import Daemon, import_image, native
from porter.engine import DockerEngine, Root
from porter.errors import EngineGone
from unit.engine.contract import SLEEP, ran, shell, wait_until

pytestmark = [
    pytest.mark.docker,
    # The SDK leaves its socket open when nobody takes the connection.
    pytest.mark.filterwarnings(r"ignore:Exception ignored in. <socket\.socket"),
]


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    # A socket's path may have 107 characters (unix(7)): pytest's folders are too deep.
    folder = Path(tempfile.mkdtemp(prefix="porter-"))
    made = Daemon(folder)
    made.start()
    yield made
    made.end()
    shutil.rmtree(folder)


@pytest.fixture
def engine(daemon: Daemon) -> Iterator[DockerEngine]:
    engine = DockerEngine.connect("docker", {"DOCKER_HOST": daemon.address})
    yield engine
    engine.close()
    gc.collect()  # the SDK's sockets, while the warning about them is expected


@pytest.fixture
def root(engine: DockerEngine, busybox_folder: Path) -> Root:
    import_image(engine.client, busybox_folder, "porter-test/own:latest")
    return native("porter-test/own:latest")


@pytest.mark.parametrize(
    "script",
    [
        f"sleep {SLEEP}",
        # make and other drivers turn the signal into a status of their own.
        f"trap 'exit 2' TERM; sleep {SLEEP} & wait",
    ],
)
def test_it_is_told_from_a_failure(
    daemon: Daemon, engine: DockerEngine, root: Root, script: str
) -> None:
    def shut_down() -> None:
        if wait_until(sleeping=True):
            daemon.end()

    ending = threading.Thread(target=shut_down)
    ending.start()
    with pytest.raises(EngineGone):
        ran(engine, shell(root, script, "shut-down"))
    ending.join()
    assert wait_until(sleeping=False)
    daemon.start()
    assert ran(engine, shell(root, "echo back", "started-again")) == (0, b"back\n")
    labelled = engine.client.containers(all=True, filters={"label": "porter.step"})
    assert labelled == []
