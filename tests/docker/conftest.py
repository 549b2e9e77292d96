"""Roots for tests of the engines: a static busybox and nothing else, made without a network."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.daemon import import_image, native
from porter.engine import DockerEngine, Root

IMAGE = "porter-test/busybox:latest"


@pytest.fixture(scope="session")
def busybox_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unpacked root filesystem of this machine's architecture."""
    busybox = shutil.which("busybox")
    if busybox is None:
        pytest.fail("no busybox to make a root of: apt-get install busybox-static")
    folder = tmp_path_factory.mktemp("busybox")
    (folder / "bin").mkdir()
    shutil.copy(busybox, folder / "bin/busybox")
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    for applet in applets.stdout.split():
        if applet != "busybox":
            (folder / "bin" / applet).symlink_to("busybox")
    (folder / "etc").mkdir()
    (folder / "usr").mkdir()
    return folder


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    engine = DockerEngine.connect("docker")
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def busybox_image(busybox_folder: Path, docker_engine: DockerEngine) -> Iterator[Root]:
    """The same as an image; removed at the end."""
    api = docker_engine._client.api
    import_image(api, busybox_folder, IMAGE)
    yield native(IMAGE)
    api.remove_image(IMAGE, force=True)


@pytest.fixture
def busybox_root(busybox_folder: Path) -> Root:
    return native("busybox", path=busybox_folder)
