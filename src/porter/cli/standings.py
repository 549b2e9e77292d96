"""How a plan stands: as a table, as a tree, and as JSON. Pure: values in, text out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from porter.cli import look, tree
from porter.cli.look import Cell
from porter.cli.plain import plain
from porter.cli.render import counted, relative
from porter.model import EdgeKind, Side, State
from porter.phrases import duration

if TYPE_CHECKING:
    from porter.app import Planned, Standing

_FIRST = (State.RUNNING, State.INTERRUPTED, State.FAILED, State.NO_SOURCE, State.BLOCKED)
"""What a person looks for stands first; what is there already stands last."""


def table(planned: Planned, rows: Sequence[Standing], workspace: Path, columns: int | None) -> str:
    """A line for each package of the target, and for what has to be built to build them."""
    here = [row for row in rows if row.node.side is Side.TARGET or row.state is not State.AVAILABLE]
    here.sort(key=_place)
    lines = look.table([_cells(row) for row in here], columns)
    return "\n".join([*lines, _totals(planned, here, workspace)])


def _place(row: Standing) -> tuple[int, bool, str]:
    order = _FIRST.index(row.state) if row.state in _FIRST else len(_FIRST)
    return (order, row.state is State.AVAILABLE, row.node.id)


def _cells(row: Standing) -> tuple[Cell, ...]:
    return (
        Cell(f"{look.sign(row.state)} {row.state}", row.state),
        Cell(row.node.id),
        Cell(duration(row.seconds) if row.seconds is not None else ""),
        Cell(row.phase or ""),
        Cell(row.strategy or ""),
        Cell(_what(row)),
    )


def _what(row: Standing) -> str:
    if row.state is State.RUNNING:
        return f"of about {duration(row.expected)}" if row.expected else ""
    return row.wheel or " ".join(plain(row.reason or "").split())


def _totals(planned: Planned, rows: Sequence[Standing], workspace: Path) -> str:
    counts = Counter(row.state for row in rows)
    return f"{counted(counts)}; plan: {relative(planned.path, workspace)}"


def as_tree(planned: Planned, rows: Sequence[Standing], workspace: Path) -> str:
    """What was asked for, below it what it needs; of build requirements those without a wheel."""
    from porter.graph import PortGraph

    standing = {row.node.id: row for row in rows}
    needs: dict[str, list[str]] = {name: [] for name in standing}
    for edge in planned.plan.edges:
        if edge.kind is EdgeKind.INSTALL or standing[edge.end].node.state is not State.AVAILABLE:
            needs[edge.start].append(edge.end)
    below = {name: sorted(set(ends)) for name, ends in needs.items()}

    def label(name: str, again: bool) -> str:  # noqa: FBT001  # as `tree.drawn` calls it
        return _label(standing[name], again=again)

    roots = [node.id for node in PortGraph(planned.plan).roots()]
    lines = tree.drawn(roots, below.__getitem__, label)
    shown = [standing[name] for name in _reached(roots, below)]
    return "\n".join([*lines, _totals(planned, shown, workspace)])


def _label(row: Standing, *, again: bool) -> str:
    name = f"{look.mark(row.state)} {row.node.id}"
    if again:
        return f"{name} (above)"
    if row.state is State.AVAILABLE:
        return name
    words = [row.state.value, row.phase, row.seconds is not None and duration(row.seconds)]
    return f"{name}  {' '.join(str(word) for word in words if word)}"


def _reached(roots: Sequence[str], below: dict[str, list[str]]) -> set[str]:
    reached, waiting = set(roots), list(roots)
    while waiting:
        new = [name for name in below[waiting.pop()] if name not in reached]
        reached.update(new)
        waiting += new
    return reached


def as_data(planned: Planned, rows: Sequence[Standing], workspace: Path) -> dict[str, Any]:
    """The same as JSON data; docs/reference/formats.md tells the fields."""
    return {
        "schema": 1,
        "graph": relative(planned.path, workspace),
        "counts": dict(sorted(Counter(row.state.value for row in rows).items())),
        "nodes": [_data(row) for row in rows],
    }


def _data(row: Standing) -> dict[str, Any]:
    return {
        "id": row.node.id,
        "state": row.state,
        "reason": row.reason,
        "blocked_by": list(row.blocked_by),
        "phase": row.phase,
        "strategy": row.strategy,
        "started": row.started.isoformat(timespec="seconds") if row.started else None,
        "seconds": None if row.seconds is None else round(row.seconds, 1),
        "expected": None if row.expected is None else round(row.expected, 1),
        "wheel": row.wheel,
        "log": row.log,
    }
