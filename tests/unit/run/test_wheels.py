from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from porter.errors import StepFailed
from porter.index.digest import sha256_of
from porter.model import Artifact, Node, Side, State
from porter.run.wheels import Wheels, wheel_for
from unit.graph.plans import artifact, node, tool

TOOL = replace(tool("tool"), target_wheel=artifact("tool-1-cp39-cp39-manylinux2014_aarch64.whl"))


@pytest.mark.parametrize(
    ("side", "name"),
    [
        (Side.BUILD, "tool-1-py3-none-any.whl"),
        (Side.TARGET, "tool-1-cp39-cp39-manylinux2014_aarch64.whl"),
    ],
)
def test_a_build_requirement_is_one_for_the_python_that_builds(side: Side, name: str) -> None:
    assert wheel_for(TOOL, side).filename == name


def test_a_wheel_for_every_platform_serves_everywhere() -> None:
    assert wheel_for(tool("tool"), Side.TARGET) == tool("tool").wheel


def test_a_node_without_a_wheel_is_named() -> None:
    with pytest.raises(StepFailed, match="demo==1@cp39"):
        wheel_for(node("demo", State.NO_SOURCE), Side.BUILD)


def test_what_was_built_goes_before_what_an_index_has(tmp_path: Path) -> None:
    fetched: list[str] = []

    def fetch(_node: Node, wanted: Artifact) -> Path:
        fetched.append(wanted.filename)
        return tmp_path / wanted.filename

    wheels = Wheels(fetch)
    built = tmp_path / "demo-1-py3-none-any.whl"
    built.write_bytes(b"built")
    assert not wheels.has(node("demo"))
    wheels.add(node("demo"), built, sha256_of(built))
    assert wheels.has(node("demo"))
    assert wheels.path(node("demo"), Side.BUILD) == built
    assert wheels.identity(node("demo"), Side.BUILD)[0] == built.name
    assert fetched == []
    assert wheels.path(tool("tool"), Side.BUILD).name == "tool-1-py3-none-any.whl"
    assert fetched == ["tool-1-py3-none-any.whl"]


def test_an_identity_needs_no_download() -> None:
    def fetch(_node: Node, _wanted: Artifact) -> Path:
        raise AssertionError("nothing is to be fetched")

    wheel = tool("tool").wheel
    assert wheel
    identity = Wheels(fetch).identity(tool("tool"), Side.BUILD)
    assert identity == (wheel.filename, wheel.sha256)
