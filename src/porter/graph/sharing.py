"""What several interpreters have in common: nodes that are locked to one and the same file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from porter.model import Artifact, Node, State


def file_of(node: Node) -> Artifact | None:
    """What a node is locked to: the wheel that is there, else the source; None without either."""
    return node.wheel if node.state is State.AVAILABLE else node.source


def alike(nodes: Iterable[Node]) -> tuple[tuple[Node, ...], ...]:
    """The nodes in groups, in their order: the same file of the same release on the same side.

    They differ in the interpreter only. What a port's source becomes may still be a wheel for each:
    that is known once it is built. A node without a file is a group of its own.
    """
    groups: dict[object, list[Node]] = defaultdict(list)
    for node in nodes:
        file = file_of(node)
        facts = (node.side, node.name, node.version, node.state is State.AVAILABLE)
        groups[node.id if file is None else (*facts, file.sha256)].append(node)
    return tuple(map(tuple, groups.values()))
