"""The wheels of a run: those it has built, and those an index has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from porter.errors import StepFailed
from porter.model import Artifact, Node, Side, State


class Wheels:
    """The wheel of any node of a plan, once it can be had."""

    def __init__(self, fetch: Callable[[Node, Artifact], Path]) -> None:
        self._fetch = fetch
        self._built: dict[str, tuple[Path, str]] = {}

    def add(self, node: Node, wheel: Path, sha256: str) -> None:
        """Take a wheel this run has built or found finished."""
        self._built[node.id] = (wheel, sha256)

    def has(self, node: Node) -> bool:
        """Whether a node's wheel can be had: an index has it, or this run has finished it."""
        return node.id in self._built or node.state is State.AVAILABLE

    def identity(self, node: Node, runs: Side) -> tuple[str, str]:
        """File name and sha256 of a node's wheel, without fetching it."""
        if built := self._built.get(node.id):
            return built[0].name, built[1]
        artifact = wheel_for(node, runs)
        return artifact.filename, artifact.sha256

    def path(self, node: Node, runs: Side) -> Path:
        """A node's wheel on this machine: built in this run, or fetched from an index."""
        if built := self._built.get(node.id):
            return built[0]
        return self._fetch(node, wheel_for(node, runs))


def wheel_for(node: Node, runs: Side) -> Artifact:
    """The wheel of an available node for a Python that runs on this side.

    Raises:
        StepFailed: the plan names none.
    """
    foreign = node.side is Side.BUILD and runs is Side.TARGET
    artifact = (node.target_wheel or node.wheel) if foreign else node.wheel
    if artifact is None:
        raise StepFailed(f"the plan names no wheel for {node.id}", hint="Make the plan anew.")
    return artifact
