"""Explanations as text and as JSON: why a node is in a plan, whether a plan is still current.

Pure: values in, text out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from porter.cli.render import STATE_COLORS, relative
from porter.model import Edge, EdgeKind, State

if TYPE_CHECKING:
    from porter.app import Currency, Planned, Why
    from porter.app.looking import Hop

_STATES = {State.PORT: "is a port", State.NO_SOURCE: "has no source"}


def why(reasons: tuple[Why, ...]) -> str:
    """Each node of a project: what it is and why, then the paths that lead to it."""
    return "\n\n".join("\n".join(_node(reason)) for reason in reasons)


def _node(reason: Why) -> Iterator[str]:
    node = reason.node
    state = click.style(_STATES.get(node.state, f"is {node.state}"), fg=STATE_COLORS[node.state])
    yield f"{node.id} {state}: {node.reason}"
    for warning in node.warnings:
        yield f"  {click.style('warning', fg='yellow')}: {warning}"
    for text in reason.asked:
        yield f"  {text} was asked for"
    for path in reason.paths:
        yield f"  {path[0][0].start}"
        for depth, hop in enumerate(path, start=1):
            yield f"  {'   ' * (depth - 1)}└─ {_hop(hop)}"


def _hop(hop: Hop) -> str:
    verb = "is built with" if hop[0].kind is EdgeKind.BUILD else "requires"
    return f"{verb} {' and '.join(edge.requirement for edge in hop)}: {hop[0].end}"


def why_data(planned: Planned, reasons: tuple[Why, ...], workspace: Path) -> dict[str, Any]:
    """The same as JSON data; docs/reference/formats.md tells the fields."""
    return {
        "schema": 1,
        "graph": relative(planned.path, workspace),
        "nodes": [
            {
                "id": reason.node.id,
                "state": reason.node.state,
                "reason": reason.node.reason,
                "warnings": list(reason.node.warnings),
                "asked": list(reason.asked),
                "paths": [[_edge(edge) for hop in path for edge in hop] for path in reason.paths],
            }
            for reason in reasons
        ],
    }


def _edge(edge: Edge) -> dict[str, str]:
    return {
        "from": edge.start,
        "to": edge.end,
        "kind": edge.kind,
        "requirement": edge.requirement,
    }


def currency(found: Currency, workspace: Path) -> str:
    """Whether a plan is still current, and a line for everything that says it is not."""
    shown = relative(found.planned.path, workspace)
    if found.is_current:
        return f"{shown} is current"
    lines = [*found.differences, *found.unserved]
    return "\n".join([f"{shown} is not current", *(f"  {line}" for line in lines)])


def currency_data(found: Currency, workspace: Path) -> dict[str, Any]:
    """The same as JSON data; docs/reference/formats.md tells the fields."""
    return {
        "schema": 1,
        "graph": relative(found.planned.path, workspace),
        "current": found.is_current,
        "differences": list(found.differences),
        "unserved": list(found.unserved),
    }
