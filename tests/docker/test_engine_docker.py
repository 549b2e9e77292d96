from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from porter.engine import DockerEngine, Limits, Root, Step
from porter.engine.containers import OWNER_LABEL, STEP_LABEL
from porter.engine.owner import Owner
from porter.errors import EngineError
from porter.model import ARCHITECTURES
from unit.engine.contract import (
    SLEEP,
    RealEngineContract,
    ran,
    run_and_kill,
    shell,
    wait_until,
)

pytestmark = pytest.mark.docker


class TestDockerEngine(RealEngineContract):
    @pytest.fixture
    def engine(self) -> Iterator[DockerEngine]:
        # Not the session's: one test stops its engine for good.
        engine = DockerEngine.connect("docker")
        yield engine
        engine.close()

    @pytest.fixture
    def root(self, busybox_image: Root) -> Root:
        return busybox_image


def containers(engine: DockerEngine) -> list[str]:
    found = engine._client.api.containers(all=True, filters={"label": f"{STEP_LABEL}=step"})
    return [container["Id"] for container in found]


def test_no_container_stays(docker_engine: DockerEngine, busybox_image: Root) -> None:
    ran(docker_engine, shell(busybox_image, "exit 1"))
    assert containers(docker_engine) == []


def test_memory_is_limited(docker_engine: DockerEngine, busybox_image: Root) -> None:
    step = shell(busybox_image, "head -c 200000000 /dev/zero | tail -c 190000000 | wc -c")
    ended = docker_engine.run(replace(step, limits=Limits(memory=64 << 20)), lambda _: None)
    assert ended.out_of_memory


def test_processes_are_limited(docker_engine: DockerEngine, busybox_image: Root) -> None:
    script = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 5 & done; echo all"
    step = replace(shell(busybox_image, script), limits=Limits(pids=8))
    code, output = ran(docker_engine, step)
    assert code != 0
    assert b"can't fork" in output


def test_what_a_step_takes_is_told(docker_engine: DockerEngine, busybox_image: Root) -> None:
    script = (
        "i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done; head -c 30000000 /dev/zero | tail -n 1"
    )
    ended = docker_engine.run(shell(busybox_image, f"{script} | wc -c; sleep 0.5"), lambda _: None)
    assert ended.cpu_seconds is not None
    assert 0.1 < ended.cpu_seconds < 60
    assert ended.peak_memory is not None
    assert 25 << 20 < ended.peak_memory < 1 << 30


def test_more_cpus_than_there_are_is_no_error(
    docker_engine: DockerEngine, busybox_image: Root
) -> None:
    step = replace(shell(busybox_image, "exit 0"), limits=Limits(cpus=4096.0))
    assert ran(docker_engine, step) == (0, b"")


def test_a_killed_run_is_swept_a_live_one_is_not(
    docker_engine: DockerEngine, busybox_image: Root
) -> None:
    run_and_kill(
        "from porter.engine import *\n"
        "from porter.model import ARCHITECTURES\n"
        f"root = Root({busybox_image.name!r}, ARCHITECTURES[{busybox_image.arch.name!r}],"
        " '', None, 'debian')\n"
        "DockerEngine.connect('docker').run("
        f"Step('step', ('sleep', '{SLEEP}'), root), lambda _: None)\n"
    )
    assert len(containers(docker_engine)) == 1
    live = docker_engine._client.api.create_container(
        busybox_image.name, ["true"], labels={OWNER_LABEL: str(Owner.current())}
    )
    try:
        assert docker_engine.sweep() >= 1
        assert containers(docker_engine) == []
        assert wait_until(sleeping=False)
        docker_engine._client.api.inspect_container(live["Id"])
    finally:
        docker_engine._client.api.remove_container(live["Id"])


def test_an_unknown_image_is_told(docker_engine: DockerEngine, busybox_image: Root) -> None:
    step = Step("step", ("true",), replace(busybox_image, name="porter-test/none"))
    with pytest.raises(EngineError, match="no such image") as caught:
        ran(docker_engine, step)
    assert "porter-test/none" in caught.value.context


def test_an_image_of_another_architecture_is_told(
    docker_engine: DockerEngine, busybox_image: Root
) -> None:
    foreign = next(a for a in ARCHITECTURES.values() if a is not busybox_image.arch)
    step = Step("step", ("true",), replace(busybox_image, arch=foreign))
    with pytest.raises(EngineError, match=f"holds {busybox_image.arch} programs, not {foreign}"):
        ran(docker_engine, step)
