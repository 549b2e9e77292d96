"""The build environment of a port: whose wheels it is built with, on either side."""

from __future__ import annotations

from pathlib import Path

from porter.diagnose import NO_TOOL
from porter.errors import StepFailed
from porter.graph import PortGraph
from porter.model import Node, Side
from porter.run.port import Port
from porter.run.wheels import Wheels


class Environments:
    """The build environments of a plan's ports, for the rungs they are on.

    All raise `StepFailed` where the Python that builds can install no wheel of a build requirement.
    """

    def __init__(self, graph: PortGraph, wheels: Wheels) -> None:
        self._graph = graph
        self._wheels = wheels

    def identities(self, port: Port) -> dict[str, str]:
        """The sha256 of every wheel, by file name, without fetching any."""
        installed = (self._wheels.identity(node, port.runs) for node in self._installed(port))
        overlaid = (self._wheels.identity(node, Side.TARGET) for node in self._overlaid(port))
        return dict((*installed, *overlaid))

    def installed(self, port: Port) -> tuple[Path, ...]:
        """Wheels for the Python that builds."""
        return tuple(self._wheels.path(node, port.runs) for node in self._installed(port))

    def overlaid(self, port: Port) -> tuple[Path, ...]:
        """The target's wheels of what compilers read, where another Python builds."""
        return tuple(self._wheels.path(node, Side.TARGET) for node in self._overlaid(port))

    def _installed(self, port: Port) -> tuple[Node, ...]:
        tools = self._graph.build_environment(port.node.id)
        if port.runs is Side.BUILD:
            return tools
        twins = self._graph.twins(port.node.id)
        found = tuple(twins.get(tool.id, tool) for tool in tools)
        arch = self._graph.plan.target.platform.arch
        for tool in found:
            name, _ = self._wheels.identity(tool, port.runs)
            if not name.endswith(("-any.whl", f"_{arch}.whl")):
                raise StepFailed(
                    f"{tool.name} {tool.version}, which it is built with, has no wheel for {arch}",
                    hint=f"With --strategy {port.rung} it is planned, and built for {arch}, too.",
                    rule=NO_TOOL,
                )
        return found

    def _overlaid(self, port: Port) -> tuple[Node, ...]:
        if port.runs is port.node.side:
            return ()
        tools = self._graph.build_environment(port.node.id)
        indexed = (tool for tool in tools if tool.target_wheel is not None)
        made = (
            twin
            for tool_id, twin in self._graph.twins(port.node.id).items()
            if not self._serves_both(self._graph.node(tool_id))
        )
        return (*indexed, *made)

    def _serves_both(self, tool: Node) -> bool:
        """Whether what was built of a build requirement turned out to be for every platform."""
        return self._wheels.identity(tool, Side.BUILD)[0].endswith("-none-any.whl")
