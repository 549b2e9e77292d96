"""The doit tasks of a plan: one per step and port. The same for porter and for dodo.py.

doit orders and dispatches; whether a step has anything to do is answered by the journal and the
artifacts, so no task carries ``uptodate`` or ``file_dep``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from porter.graph import PortGraph
from porter.model import Node, Phase, State
from porter.run.executor import Perform, StepJob


def folder_name(node: Node) -> str:
    """``numpy-1.18.5-cp39``: a node id as a file name."""
    return folder_of(node.id)


def folder_of(node_id: str) -> str:
    """The same of an id."""
    return re.sub("==|[@:]", "-", node_id)


def task_name(node: Node) -> str:
    """``port:numpy-1.18.5-cp39``: no ``=`` in it, which doit reserves."""
    return f"port:{folder_name(node)}"


def done_nodes(graph: PortGraph) -> tuple[Node, ...]:
    """The nodes a run does something for: ports, and available wheels asked for by name."""
    asked = {node.id for node in graph.roots() if node.state is State.AVAILABLE}
    return tuple(n for n in graph.order() if n.state is State.PORT or n.id in asked)


def task_dicts(graph: PortGraph, perform: Perform) -> Iterator[dict[str, Any]]:
    """doit's task dictionaries for every port of a plan, in build order.

    A port is fetched once the ports of its build environment are published (their hashes are in
    its key), and verified once the ports it imports are. What was asked for by name and has a
    wheel on an index is only fetched, verified and published.
    """
    waits = _ports_waited_for(graph)
    for node in done_nodes(graph):
        if node.state is State.PORT:
            yield from _port_tasks(graph, node, perform, waits[node.id])
        else:
            yield _task(node, Phase.PUBLISH, perform, _published(graph, waits[node.id]))


def _ports_waited_for(graph: PortGraph) -> dict[str, frozenset[str]]:
    """By node: the nearest ports it waits for; usable wheels between two ports hide none."""
    nearest: dict[str, frozenset[str]] = {}
    for node in graph.order():
        needs = graph.waits_for(node.id)
        ports = frozenset(need for need in needs if graph.node(need).state is State.PORT)
        others = (nearest[need] for need in needs if need not in ports)
        nearest[node.id] = ports.union(*others)
    return nearest


def _port_tasks(
    graph: PortGraph, node: Node, perform: Perform, waits: Iterable[str]
) -> Iterator[dict[str, Any]]:
    previous: list[str] = []
    for phase in Phase:
        needs = list(previous)
        if phase is Phase.FETCH:
            needs += _published(graph, [n.id for n in graph.build_environment(node.id)])
        if phase is Phase.VERIFY:
            needs += _published(graph, waits)
        yield _task(node, phase, perform, needs)
        previous = [f"{task_name(node)}:{phase}"]


def _task(node: Node, phase: Phase, perform: Perform, needs: list[str]) -> dict[str, Any]:
    job = StepJob(node.id, phase)
    return {
        "basename": task_name(node),
        "name": phase.value,
        "actions": [partial(perform, job)],
        "task_dep": needs,
        "doc": f"{phase} {node.id}",
        "meta": {"job": job},
        "io": {"capture": False},
        "verbosity": 0,
    }


def _published(graph: PortGraph, ids: Iterable[str]) -> list[str]:
    nodes = map(graph.node, sorted(ids))
    return [f"{task_name(node)}:publish" for node in nodes if node.state is State.PORT]
