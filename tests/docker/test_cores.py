"""Builds in sandboxes of their own keep to the machine's cores together."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from porter.engine import DockerEngine, Engine, LocalEngine, Mount, Root, Step
from porter.toolchain import tools
from porter.toolchain.sandbox import BIN, CORES

CORES_HERE = 2
_COMPILER = "#!/bin/sh\necho begin >> /out/log\nsleep 0.2\necho end >> /out/log\n"
_BUILD = "for source in a b c d e; do gcc -c $source.c & done; wait"


def _build(engine: Engine, root: Root, mounts: tuple[Mount, ...]) -> None:
    step = Step(
        "build",
        ("/bin/sh", "-c", _BUILD),
        root,
        env={"PATH": f"{BIN}:/image:/bin"},
        mounts=mounts,
    )
    assert engine.run(step, lambda _: None).code == 0


def _most_at_once(engine: Engine, root: Root, folder: Path) -> int:
    out, image = folder / "out", folder / "image"
    out.mkdir()
    image.mkdir()
    (image / "gcc").write_text(_COMPILER)
    (image / "gcc").chmod(0o755)
    mounts = (
        Mount(out, "/out", writable=True),
        Mount(image, "/image"),
        Mount(tools.launcher(folder), BIN),
        Mount(tools.cores(CORES_HERE, folder), CORES),
    )
    builds = [threading.Thread(target=_build, args=(engine, root, mounts)) for _ in range(2)]
    for build in builds:
        build.start()
    for build in builds:
        build.join()
    lines = (out / "log").read_text().splitlines()
    assert lines.count("end") == 10
    running = [lines[:place].count("begin") - lines[:place].count("end") for place in range(21)]
    return max(running)


@pytest.mark.docker
def test_two_containers(docker_engine: DockerEngine, busybox_image: Root, tmp_path: Path) -> None:
    assert _most_at_once(docker_engine, busybox_image, tmp_path) == CORES_HERE


@pytest.mark.root
def test_two_steps_in_namespaces(busybox_root: Root, tmp_path: Path) -> None:
    engine = LocalEngine.connect(notice=lambda _: None)
    assert _most_at_once(engine, busybox_root, tmp_path) == CORES_HERE
