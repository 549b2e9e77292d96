"""The doit tasks of a plan: one per step and port. The same for porter and for dodo.py.

doit orders and dispatches; whether a step has anything to do is answered by the journal and the
artifacts, so no task carries ``uptodate`` or ``file_dep``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from porter.graph import PortGraph
from porter.model import Node, Phase, State

Perform = Callable[[Node, Phase], bool]
"""Does one step of one port; False when it failed (the reason is an `Outcome` by then)."""


def folder_name(node: Node) -> str:
    """``numpy-1.18.5-cp39``: a node id as a file name."""
    return folder_of(node.id)


def folder_of(node_id: str) -> str:
    """The same of an id."""
    return re.sub("==|[@:]", "-", node_id)


def task_name(node: Node) -> str:
    """``port:numpy-1.18.5-cp39``: no ``=`` in it, which doit reserves."""
    return f"port:{folder_name(node)}"


def is_done(graph: PortGraph, node: Node) -> bool:
    """Whether a run does anything for a node: a port, or an available wheel asked for by name."""
    return node.state is State.PORT or (node.state is State.AVAILABLE and node in graph.roots())


def task_dicts(graph: PortGraph, perform: Perform) -> Iterator[dict[str, Any]]:
    """doit's task dictionaries for every port of a plan, in build order.

    A port is fetched once the ports of its build environment are published (their hashes are in
    its key), and verified once the ports it imports are. What was asked for by name and has a
    wheel on an index is only fetched, verified and published.
    """
    for node in filter(partial(is_done, graph), graph.order()):
        if node.state is State.PORT:
            yield from _port_tasks(graph, node, perform)
        else:
            yield _task(node, Phase.PUBLISH, perform, _published(graph, graph.needs(node.id)))


def _port_tasks(graph: PortGraph, node: Node, perform: Perform) -> Iterator[dict[str, Any]]:
    previous: list[str] = []
    for phase in Phase:
        needs = list(previous)
        if phase is Phase.FETCH:
            needs += _published(graph, [n.id for n in graph.build_environment(node.id)])
        if phase is Phase.VERIFY:
            needs += _published(graph, graph.needs(node.id))
        yield _task(node, phase, perform, needs)
        previous = [f"{task_name(node)}:{phase}"]


def _task(node: Node, phase: Phase, perform: Perform, needs: list[str]) -> dict[str, Any]:
    return {
        "basename": task_name(node),
        "name": phase.value,
        "actions": [partial(perform, node, phase)],
        "task_dep": needs,
        "doc": f"{phase} {node.id}",
        "io": {"capture": False},
        "verbosity": 0,
    }


def _published(graph: PortGraph, ids: Iterable[str]) -> list[str]:
    nodes = map(graph.node, ids)
    return [f"{task_name(node)}:publish" for node in nodes if node.state is State.PORT]
