"""Made-up plans in which everything is a port: chains, fans, layers, and copies of real plans."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.graph import decode
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

SEED = 1
_CP39 = Interpreter(3, 9)

Needs = Sequence[Iterable[int]]
"""By number of a port: the ports it needs, all of smaller numbers."""


def chain(size: int) -> Needs:
    """Each needs the one before."""
    return [range(max(0, number - 1), number) for number in range(size)]


def fan(size: int) -> Needs:
    """The last needs all others, which need nothing."""
    return [*([()] * (size - 1)), range(size - 1)]


def layers(size: int) -> Needs:
    """Twenty layers; each port needs up to three of the layer before."""
    chosen, width = random.Random(SEED), max(1, size // 20)  # noqa: S311  # no secret
    needs: list[Iterable[int]] = []
    for number in range(size):
        before = range(max(0, (number // width - 1) * width), number // width * width)
        needs.append(sorted(chosen.sample(before, min(len(before), chosen.randint(1, 3)))))
    return needs


def copies_of(path: Path) -> Callable[[int], Needs]:
    """The shape of a plan, as often as it fits."""
    plan = decode(path.read_bytes())
    place = {node_id: number for number, node_id in enumerate(_ordered(plan))}
    own = [sorted(place[e.end] for e in plan.edges if place[e.start] == n) for n in place.values()]

    def needs(size: int) -> Needs:
        whole = [
            [need + first for need in needed]
            for first in range(0, size, len(own))
            for needed in own
        ]
        return whole[:size]

    return needs


def _ordered(plan: Plan) -> list[str]:
    from porter.graph import PortGraph

    return [node.id for node in PortGraph(plan).order()]


def made_up(needs: Needs) -> Plan:
    """The plan of a shape: a port is fetched when all it needs is published."""
    nodes = [_node(number) for number in range(len(needs))]
    edges = [
        Edge(nodes[start].id, nodes[end].id, EdgeKind.BUILD, f"{nodes[end].name}==1")
        for start, ends in enumerate(needs)
        for end in ends
    ]
    target = Target((f"{nodes[-1].name}==1",), Platform.parse("aarch64", "manylinux2014"), (_CP39,))
    return Plan(target, tuple(nodes), tuple(edges))


def durations(plan: Plan) -> dict[str, float]:
    """Seconds by port: from seconds to hours, most around half a minute."""
    drawn = random.Random(SEED)  # noqa: S311  # no secret
    return {node.id: drawn.lognormvariate(3.5, 1.0) for node in plan.nodes}


def _node(number: int) -> Node:
    return Node(
        name=NormalizedName(f"p{number:06}"),
        version=Version("1"),
        interpreter=_CP39,
        side=Side.TARGET,
        state=State.PORT,
        reason="made up",
        source=Artifact("default", f"p{number:06}-1.tar.gz", f"{number:064x}", 100_000, None),
        wheel=None,
    )
