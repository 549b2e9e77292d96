"""Explanations as text and as JSON: why a node is in a plan, whether a plan is still current.

Pure: values in, text out.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from porter.cli import look, tree
from porter.cli.render import relative
from porter.marks import MARKS
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
    state = click.style(_STATES.get(node.state, f"is {node.state}"), fg=MARKS[node.state].color)
    yield f"{look.mark(node.state)} {node.id} {state}: {node.reason}"
    for warning in node.warnings:
        yield f"  {click.style('warning', fg='yellow')}: {warning}"
    for text in reason.asked:
        yield f"  {text} was asked for"
    for line in _paths(reason):
        yield f"  {line}"


def _paths(reason: Why) -> Iterator[str]:
    """All paths as one tree: what they have in common at their beginning is said once."""
    below: dict[_Way, dict[_Way, None]] = {}
    for path in reason.paths:
        ways: list[_Way] = [path[:length] for length in range(1, len(path) + 1)]
        for shorter, longer in pairwise([path[0][0].start, *ways]):
            below.setdefault(shorter, {})[longer] = None
    roots: list[_Way] = [way for way in below if isinstance(way, str)]
    return tree.drawn(roots, lambda way: tuple(below.get(way, ())), _way)


_Way = str | tuple[tuple[Edge, ...], ...]
"""A place in the tree: a node that was asked for, or the hops that lead from it to here."""


def _way(way: _Way, _again: bool) -> str:  # noqa: FBT001  # as `tree.drawn` calls it
    return way if isinstance(way, str) else _hop(way[-1])


def _hop(hop: Hop) -> str:
    verb = "built with" if hop[0].kind is EdgeKind.BUILD else "requires"
    return f"{hop[0].end}  {verb} {' and '.join(edge.requirement for edge in hop)}"


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
