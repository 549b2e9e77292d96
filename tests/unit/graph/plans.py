"""Plans made by hand."""

import hashlib
from datetime import UTC, datetime

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.model import (
    Artifact,
    Edge,
    EdgeKind,
    Interpreter,
    Node,
    Plan,
    Platform,
    Side,
    State,
    Target,
)

CP39 = Interpreter(3, 9)


def artifact(filename: str) -> Artifact:
    return Artifact(
        "default",
        filename,
        hashlib.sha256(filename.encode()).hexdigest(),
        7,
        datetime(2020, 6, 4, 1, 2, 3, 4, UTC),
    )


def node(name: str, state: State = State.PORT, side: Side = Side.TARGET) -> Node:
    is_port, is_available = state is State.PORT, state is State.AVAILABLE
    return Node(
        name=NormalizedName(name),
        version=Version("1"),
        interpreter=CP39,
        side=side,
        state=state,
        reason="a test",
        source=artifact(f"{name}-1.tar.gz") if is_port else None,
        wheel=artifact(f"{name.replace('-', '_')}-1-py3-none-any.whl") if is_available else None,
    )


def tool(name: str, state: State = State.AVAILABLE) -> Node:
    return node(name, state, Side.BUILD)


def needs(start: Node, *ends: Node) -> list[Edge]:
    return [
        Edge(
            start.id,
            end.id,
            EdgeKind.BUILD if end.side is Side.BUILD else EdgeKind.INSTALL,
            f"{end.name}>=1",
        )
        for end in ends
    ]


def plan(nodes: list[Node], edges: list[Edge], *asked: str) -> Plan:
    return Plan(
        target=Target(asked, Platform.parse("aarch64", "manylinux2014"), (CP39,)),
        nodes=tuple(nodes),
        edges=tuple(edges),
    )
