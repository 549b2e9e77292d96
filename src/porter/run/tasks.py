"""The doit tasks of a plan: one per step and port. The same for porter and for dodo.py.

doit orders and dispatches; whether a step has anything to do is answered by the journal and the
artifacts, so no task carries ``uptodate`` or ``file_dep``, and ``doit clean`` takes no target away.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from porter.config import Workspace
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


def made_by(workspace: Workspace, graph: PortGraph, node: Node) -> Path:
    """What a port leaves under a name known beforehand: a link to its wheel, made when it is."""
    return workspace.ports / str(graph.plan.target.platform) / folder_name(node)


def done_nodes(graph: PortGraph) -> tuple[Node, ...]:
    """The nodes a run does something for: ports, and available wheels asked for by name."""
    asked = {node.id for node in graph.roots() if node.state is State.AVAILABLE}
    return tuple(n for n in graph.order() if n.state is State.PORT or n.id in asked)


def task_dicts(
    graph: PortGraph,
    perform: Perform,
    *,
    finished: Container[str] = (),
    workspace: Workspace | None = None,
) -> Iterator[dict[str, Any]]:
    """doit's task dictionaries for every port of a plan that is not finished, in build order.

    A port is fetched once the ports of its build environment are published (their hashes are in
    its key), and verified once the ports it imports are. What was asked for by name and has a
    wheel on an index is only fetched, verified and published. With a `workspace`, the last task of
    a port has what it makes there as its target.
    """
    left = [node for node in done_nodes(graph) if node.id not in finished]
    names = {node.id: task_name(node) for node in left}
    published = {n.id: f"{names[n.id]}:publish" for n in left if n.state is State.PORT}
    waits = _nearest(graph, published)
    for node in left:
        after = sorted(published[need] for need in waits[node.id])
        if node.state is State.PORT:
            tools = (*graph.build_environment(node.id), *graph.twins(node.id).values())
            before = [published[tool.id] for tool in tools if tool.id in published]
            tasks = _port_tasks(node, names[node.id], perform, before=before, after=after)
            *steps, last = tasks
            if workspace is not None:
                last["targets"] = [str(made_by(workspace, graph, node))]
            yield from (*steps, last)
        else:
            yield _task(node, names[node.id], Phase.PUBLISH, perform, after)


def _nearest(graph: PortGraph, ports: Container[str]) -> dict[str, frozenset[str]]:
    """By node: the nearest of these ports it waits for; whatever lies between two hides none."""
    nearest: dict[str, frozenset[str]] = {}
    for node in graph.order():
        needs = graph.waits_for(node.id)
        direct = frozenset(need for need in needs if need in ports)
        others = (nearest[need] for need in needs if need not in direct)
        nearest[node.id] = direct.union(*others)
    return nearest


def _port_tasks(
    node: Node, name: str, perform: Perform, *, before: list[str], after: list[str]
) -> Iterator[dict[str, Any]]:
    previous: list[str] = []
    for phase in Phase:
        needs = previous + {Phase.FETCH: before, Phase.VERIFY: after}.get(phase, [])
        yield _task(node, name, phase, perform, needs)
        previous = [f"{name}:{phase}"]


def _task(
    node: Node, name: str, phase: Phase, perform: Perform, needs: list[str]
) -> dict[str, Any]:
    job = StepJob(node.id, phase)
    return {
        "basename": name,
        "name": phase.value,
        "actions": [partial(perform, job)],
        "task_dep": needs,
        "doc": f"{phase} {job.port}",
        "meta": {"job": job},
        "io": {"capture": False},
        "verbosity": 0,
    }
