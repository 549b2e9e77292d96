"""Pictures of a plan and how it stands, in the form a file's ending names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from porter.app.looking import Standing, status
from porter.app.planning import write_whole
from porter.errors import UsageError
from porter.graph import PortGraph, encode
from porter.model import Plan
from porter.report import (
    Layout,
    Picture,
    View,
    best_layout,
    dot,
    graphml,
    mermaid,
    picture,
    png,
    scene,
    svg,
)
from porter.report import Standing as Drawn


def draw(
    path: Path | None,
    output: Path,
    view: View,
    *,
    workspace: Path,
    layout: Layout | None = None,
) -> Picture:
    """Draw a plan (without a path: the newest in graphs/) into a file; what was drawn.

    Raises:
        UsageError: there is no such plan, or no picture has this ending.
    """
    write = _WRITERS.get(output.suffix.lower())
    if write is None:
        raise UsageError(
            f"{output}: no picture has this ending", hint=f"There are {', '.join(_WRITERS)}."
        )
    planned, standings = status(path, workspace=workspace)
    graph = PortGraph(planned.plan)
    drawn = picture(graph, _drawn(standings), view, title=_title(planned.plan))
    data = write(_Subject(planned.plan, standings, drawn, layout or best_layout()))
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, data)
    return drawn


class _Subject:
    """What is to be written: a picture, and what it was made from."""

    def __init__(
        self, plan: Plan, standings: Iterable[Standing], drawn: Picture, layout: Layout
    ) -> None:
        self.plan = plan
        self.states = {standing.node.id: standing.state for standing in standings}
        self.picture = drawn
        self.layout = layout


def _svg(subject: _Subject) -> bytes:
    return svg(scene(subject.picture, subject.layout))


def _png(subject: _Subject) -> bytes:
    return png(_svg(subject))


def _json(subject: _Subject) -> bytes:
    """The plan as it stands, of the nodes that are shown and the edges between them."""
    shown = {box.id for box in subject.picture.boxes}
    nodes = (node for node in subject.plan.nodes if node.id in shown)
    edges = (edge for edge in subject.plan.edges if {edge.start, edge.end} <= shown)
    return encode(
        Plan(
            subject.plan.target,
            tuple(replace(node, state=subject.states[node.id]) for node in nodes),
            tuple(edges),
        )
    )


_WRITERS: Mapping[str, Callable[[_Subject], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".dot": lambda subject: dot(subject.picture),
    ".mmd": lambda subject: mermaid(subject.picture),
    ".json": _json,
    ".graphml": lambda subject: graphml(subject.picture),
}


def _drawn(standings: Iterable[Standing]) -> dict[str, Drawn]:
    return {standing.node.id: Drawn(standing.state, standing.seconds) for standing in standings}


def _title(plan: Plan) -> str:
    pythons = ", ".join(interpreter.tag for interpreter in plan.target.interpreters)
    requirements = ", ".join(plan.target.requirements)
    return f"{requirements} · {plan.target.platform} · {pythons}"
