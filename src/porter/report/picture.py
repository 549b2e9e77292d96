"""What a picture shows: the boxes and lines chosen from a plan, before anything is placed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from packaging.utils import canonicalize_name

from porter.errors import UsageError
from porter.graph import PortGraph
from porter.model import EdgeKind, Node, State
from porter.phrases import duration, number_of

LARGE = 60
"""From so many nodes on, wheels that exist are folded unless all are asked for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node stands when the picture is made."""

    state: str
    """A key of `porter.report.marks.LOOKS`."""
    seconds: float | None = None
    """What its last attempt took, or the present one so far."""


@dataclass(frozen=True, slots=True)
class View:
    """What a person wants to see."""

    only: str = "auto"
    """``ports``, ``all``, or ``auto``: ports alone in large graphs."""
    around: str | None = None
    """A project: it, what it needs and what needs it."""
    group: str | None = None
    """``python``, ``platform`` or ``state``: boxes alike in it stand in a frame."""
    direction: str = "LR"
    """``LR``: from left to right; ``TB``: from top to bottom."""


@dataclass(frozen=True, slots=True)
class Box:
    """A node of the plan as it is drawn."""

    id: str
    name: str
    label: str
    """Name and version."""
    detail: str
    """Interpreter, time and what is folded into it."""
    state: str
    folded: int = 0
    """How many wheels that are not shown it needs."""
    group: str | None = None
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """``start`` needs ``end``."""

    start: str
    end: str
    kind: EdgeKind
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, each after those that need it, and lines."""

    title: str
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    direction: str = "LR"
    hidden: int = 0
    """Nodes of the plan that are not shown."""
    counts: dict[str, int] = field(default_factory=dict)
    """All nodes of the plan, by state."""

    @property
    def states(self) -> frozenset[str]:
        """Those that occur in it."""
        return frozenset(box.state for box in self.boxes)

    def groups(self) -> dict[str | None, list[Box]]:
        """The boxes by their group; None: those in no group."""
        groups: dict[str | None, list[Box]] = {}
        for box in self.boxes:
            groups.setdefault(box.group, []).append(box)
        return groups


def picture(
    graph: PortGraph, standings: Mapping[str, Standing], view: View = View(), *, title: str
) -> Picture:
    """Choose what is shown.

    Raises:
        UsageError: the plan has no project of the name in ``view.around``.
    """
    everything = [node.id for node in reversed(graph.order())]
    kept = _around(graph, view.around) if view.around else frozenset(everything)
    folds = view.only == "ports" or (view.only == "auto" and len(kept) > LARGE)
    named = {node.id for node in graph.roots()}
    shown = [
        node_id
        for node_id in everything
        if node_id in kept
        and (not folds or node_id in named or _state(graph, standings, node_id) != "available")
    ]
    lines, folded = _lines(graph, frozenset(shown), kept)
    critical = _critical(graph, standings)
    return Picture(
        title,
        tuple(
            _box(
                graph.node(node_id),
                standings.get(node_id),
                view.group,
                folded=folded.get(node_id, 0),
                critical=node_id in critical,
            )
            for node_id in shown
        ),
        tuple(
            replace(line, critical=critical.get(line.start) == line.end) if critical else line
            for line in lines
        ),
        view.direction,
        hidden=len(everything) - len(shown),
        counts=_counts(graph, standings),
    )


def _counts(graph: PortGraph, standings: Mapping[str, Standing]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for node in graph.plan.nodes:
        state = _state(graph, standings, node.id)
        counts[state] = counts.get(state, 0) + 1
    return counts


def _state(graph: PortGraph, standings: Mapping[str, Standing], node_id: str) -> str:
    standing = standings.get(node_id)
    return standing.state if standing else graph.node(node_id).state.value


def _around(graph: PortGraph, name: str) -> frozenset[str]:
    project = canonicalize_name(name)
    centers = [node.id for node in graph.plan.nodes if node.name == project]
    if not centers:
        raise UsageError(
            f"--around {name}: the plan has no such project",
            hint="porter status lists what it has.",
        )
    return graph.related(centers)


def _behind(
    hidden: Iterable[str], needs: Mapping[str, list[str]], shown: frozenset[str]
) -> frozenset[str]:
    """What hidden nodes need, up to the first shown one on each way."""
    seen: set[str] = set()
    todo = deque(other for start in hidden for other in needs.get(start, ()))
    while todo:
        at = todo.popleft()
        if at not in seen:
            seen.add(at)
            if at not in shown:
                todo.extend(needs.get(at, ()))
    return frozenset(seen)


def _lines(
    graph: PortGraph, shown: frozenset[str], kept: frozenset[str]
) -> tuple[list[Line], dict[str, int]]:
    """The lines between what is shown, and how many hidden wheels each box needs.

    What two boxes need of each other only by way of hidden ones is a line between them too.
    """
    kinds: dict[tuple[str, str], EdgeKind] = {}
    for edge in graph.plan.edges:
        # A box that needs another for its build and to run is drawn once, as the stronger need.
        if kinds.get((edge.start, edge.end)) is not EdgeKind.INSTALL:
            kinds[edge.start, edge.end] = edge.kind
    needs: dict[str, list[str]] = {}
    for edge in graph.plan.edges:
        needs.setdefault(edge.start, []).append(edge.end)
    lines, folded = [], {}
    for start in sorted(shown):
        direct = [end for end in needs.get(start, ()) if end in kept]
        hidden = {end for end in direct if end not in shown}
        behind = _behind(hidden, needs, shown)
        folded[start] = len(hidden | {at for at in behind if at not in shown and at in kept})
        ends = {end for end in direct if end in shown}
        lines += [Line(start, end, kinds[start, end]) for end in sorted(ends)]
        lines += [
            Line(start, end, EdgeKind.INSTALL) for end in sorted((behind & shown) - ends - {start})
        ]
    return lines, folded


def _critical(graph: PortGraph, standings: Mapping[str, Standing]) -> dict[str, str | None]:
    """The chain of ports that takes longest, each with the next one; needs known times."""
    seconds = {
        node.id: standing.seconds or 0.0
        for node in graph.plan.nodes
        if (standing := standings.get(node.id)) and standing.state != "available"
    }
    if not any(seconds.values()):
        return {}
    chain = graph.critical_path(seconds)
    return dict(zip(chain, (*chain[1:], None), strict=True))


def _box(
    node: Node, standing: Standing | None, group: str | None, *, folded: int, critical: bool
) -> Box:
    state = standing.state if standing else node.state.value
    python = node.interpreter.tag + (" build" if node.id.endswith(":build") else "")
    parts = [python]
    if standing and standing.seconds and state != State.AVAILABLE:
        parts.append(duration(standing.seconds))
    if folded:
        parts.append(f"+{number_of(folded, 'wheel')}")
    groups = {
        None: None,
        "python": node.interpreter.tag,
        "platform": f"{node.side.value} platform",
        "state": state,
    }
    return Box(
        node.id,
        node.name,
        f"{node.name} {node.version}",
        " · ".join(parts),
        state,
        folded,
        groups[group],
        critical=critical,
    )
