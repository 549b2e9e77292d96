from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from porter.engine import DockerEngine, LocalEngine, choose
from porter.engine.local import _runtime
from porter.engine.sockets import addresses
from porter.errors import EngineError


def refuse(*_: Any, **__: Any) -> None:
    raise EngineError("local is refused", context="the kernel's words")


@pytest.fixture
def nothing(tmp_path: Path) -> dict[str, str]:
    """An environment in which no engine answers."""
    return {
        "DOCKER_HOST": f"unix://{tmp_path}/docker.sock",
        "CONTAINER_HOST": f"unix://{tmp_path}/podman.sock",
        "PATH": "",
    }


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_an_absent_engine_is_told_at_once(name: Any, nothing: dict[str, str]) -> None:
    started = time.monotonic()
    with pytest.raises(EngineError, match=f"{name} is not running") as caught:
        choose(name, notice=pytest.fail, environ=nothing)
    assert f"{name}.sock" in caught.value.context
    assert "porter setup" in str(caught.value.hint)
    assert time.monotonic() - started < 5


def test_local_without_tools_is_told(nothing: dict[str, str]) -> None:
    with pytest.raises(EngineError, match="needs bubblewrap or"):
        choose("local", notice=pytest.fail, environ=nothing)


def test_auto_takes_the_first_and_says_why(
    nothing: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = object()
    monkeypatch.setattr(LocalEngine, "connect", lambda **_: engine)
    notices: list[str] = []
    assert choose("auto", notice=notices.append, environ=nothing) is engine
    assert len(notices) == 1
    assert notices[0].startswith("engine: local (docker is not running here")


def test_auto_prefers_docker(nothing: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    engine = object()
    monkeypatch.setattr(DockerEngine, "connect", lambda *_: engine)
    notices: list[str] = []
    assert choose("auto", notice=notices.append, environ=nothing) is engine
    assert notices == ["engine: docker"]


def test_no_engine_at_all(nothing: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LocalEngine, "connect", refuse)
    with pytest.raises(EngineError, match="no engine can run commands") as caught:
        choose("auto", notice=pytest.fail, environ=nothing)
    assert "the kernel's words" in caught.value.context


def test_the_environments_address_is_the_only_one() -> None:
    assert list(addresses("docker", {"DOCKER_HOST": "tcp://a:1"})) == ["tcp://a:1"]
    assert list(addresses("podman", {"CONTAINER_HOST": "unix:///p"})) == ["unix:///p"]


def test_sockets_that_are_not_there_are_not_tried(tmp_path: Path) -> None:
    found = addresses("podman", {"XDG_RUNTIME_DIR": str(tmp_path), "DOCKER_HOST": "tcp://a:1"})
    assert not [address for address in found if str(tmp_path) in address]


def test_a_socket_in_another_users_folder_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "stat", refuse)
    assert list(addresses("docker", {"XDG_RUNTIME_DIR": "/run/user/1"})) == []


@pytest.mark.parametrize("named", ["", "gone", "file"])
def test_local_works_without_a_runtime_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert _runtime({"XDG_RUNTIME_DIR": str(tmp_path / named) if named else ""}) == tmp_path
    assert _runtime({"XDG_RUNTIME_DIR": "/dev/shm"}) == Path("/dev/shm")


def test_local_without_room_for_its_files_is_told(
    nothing: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(EngineError, match="cannot make the files") as caught:
        choose("local", notice=pytest.fail, environ={**nothing, "PATH": "/usr/bin:/bin"})
    assert "No space left" in caught.value.context
