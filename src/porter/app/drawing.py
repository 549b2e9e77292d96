"""Pictures of a plan and how it stands, in the form a file's ending names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from porter.app.looking import Standing, status
from porter.app.planning import Planned, write_whole
from porter.app.reporting import drawn as drawn_of
from porter.app.reporting import report, scenes
from porter.errors import UsageError
from porter.graph import PortGraph, encode
from porter.model import Plan, State
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
from porter.report.page import page


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
    drawn = picture(graph, drawn_of(standings), view, title=_title(planned.plan))
    data = write(
        _Subject(graph, planned, standings, drawn, view, layout or best_layout(), workspace)
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    write_whole(output, data)
    return drawn


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is to be written: a picture, and what it was made from."""

    graph: PortGraph
    planned: Planned
    standings: tuple[Standing, ...]
    picture: Picture
    view: View
    layout: Layout
    workspace: Path


def _svg(subject: _Subject) -> bytes:
    return svg(scene(subject.picture, subject.layout))


def _png(subject: _Subject) -> bytes:
    return png(_svg(subject))


def _json(subject: _Subject) -> bytes:
    """The plan as it stands, of the nodes that are shown and the edges between them."""
    shown = {box.id for box in subject.picture.boxes}
    plan = subject.planned.plan
    rows = (row for row in subject.standings if row.node.id in shown)
    edges = (edge for edge in plan.edges if {edge.start, edge.end} <= shown)
    nodes = (replace(row.node, state=_UNFINISHED.get(row.state, row.state)) for row in rows)
    return encode(Plan(plan.target, tuple(nodes), tuple(edges)))


def _html(subject: _Subject) -> bytes:
    pictures = scenes(subject.graph, subject.standings, subject.view, subject.layout)
    return page(report(subject.planned, subject.graph, pictures, workspace=subject.workspace))


_UNFINISHED = {State.RUNNING: State.PORT, State.INTERRUPTED: State.PORT}
"""A plan file knows how nodes stand between runs: what has not ended is still to be done."""


_WRITERS: Mapping[str, Callable[[_Subject], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".dot": lambda subject: dot(subject.picture),
    ".mmd": lambda subject: mermaid(subject.picture),
    ".json": _json,
    ".html": _html,
    ".graphml": lambda subject: graphml(subject.picture),
}


def _title(plan: Plan) -> str:
    pythons = ", ".join(interpreter.tag for interpreter in plan.target.interpreters)
    requirements = ", ".join(plan.target.requirements)
    return f"{requirements} · {plan.target.platform} · {pythons}"
