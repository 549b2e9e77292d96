"""A report as JSON, for the page's own script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from itertools import pairwise
from typing import Any

from porter.model import EdgeKind, Node
from porter.report.layout import Point
from porter.report.marks import LOOKS
from porter.report.page.values import Detail, Report
from porter.report.scene import Scene


@dataclass(frozen=True, slots=True)
class Document:
    """A report in two parts: what a run cannot change, and what it does."""

    fixed: dict[str, Any]
    nodes: tuple[dict[str, Any], ...]
    """In the order of the plan; what is empty is left out."""
    pieces: tuple[tuple[Any, ...], ...]
    """The time line: attempt and number of the node, phase, start and seconds."""
    began: str | None
    """When the run of the time line did: other pieces belong to another value."""
    runs: tuple[dict[str, Any], ...]

    def whole(self) -> dict[str, Any]:
        """What the script reads first."""
        return {
            **self.fixed,
            "nodes": self.nodes,
            "pieces": self.pieces,
            "began": self.began,
            "runs": self.runs,
        }


def document(report: Report) -> Document:
    """What the page's script reads."""
    number = {node.id: i for i, node in enumerate(report.nodes)}
    return Document(
        {
            "facts": report.facts,
            "plan": report.plan,
            "notes": report.notes,
            "written": report.written.isoformat(),
            "looks": {state: asdict(look) for state, look in LOOKS.items()},
            "edges": [(number[start], number[end]) for start, end in report.edges],
            "scene": next(iter(report.scenes), None),
            "scenes": {name: _scene(scene, number) for name, scene in report.scenes.items()},
        },
        tuple(_node(node, report.details[node.id], number) for node in report.nodes),
        tuple(
            (
                piece.attempt,
                number[piece.id],
                piece.phase,
                round(piece.start, 2),
                _rounded(piece.seconds),
            )
            for piece in report.pieces
        ),
        report.began.isoformat() if report.began else None,
        tuple(
            {
                "started": run.started.isoformat(),
                "seconds": round(run.seconds, 1),
                "counts": dict(run.counts),
            }
            for run in report.runs
        ),
    )


def _node(node: Node, detail: Detail, number: Mapping[str, int]) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": node.id,
        **{entry.name: getattr(detail, entry.name) for entry in fields(detail)},
        "seconds": _rounded(detail.seconds),
        "before": _rounded(detail.before),
        "since": detail.since.isoformat() if isinstance(detail.since, datetime) else None,
        "waits": [number[cause] for cause in detail.waits],
    }
    return {name: value for name, value in values.items() if _says(value)}


def _says(value: object) -> bool:
    """Whether it is worth its place: the line 0 of an excerpt is, too."""
    return bool(value) or (value == 0 and value is not False)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def _scene(scene: Scene, number: Mapping[str, int]) -> dict[str, Any]:
    return {
        "width": round(scene.width),
        "height": round(scene.height),
        "frames": [
            (frame.name, *(round(side) for side in asdict(frame.rect).values()))
            for frame in scene.frames
        ],
        "boxes": [
            (
                number[box.id],
                *(round(side) for side in asdict(scene.rects[box.id]).values()),
                box.folded,
                int(box.critical),
            )
            for box in scene.picture.boxes
        ],
        "edges": [
            (
                number[path.line.start],
                number[path.line.end],
                int(path.line.kind is EdgeKind.BUILD),
                int(path.line.critical),
                _steps(path.points),
            )
            for path in scene.paths
        ],
    }


def _steps(points: Sequence[Point]) -> list[int]:
    """Control points, each after the first as the step from the one before: short numbers.

    Straight lines through several layers are one.
    """
    kept = [(round(x), round(y)) for x, y in points[:1]]
    for at in range(1, len(points) - 2, 3):
        curve = [(round(x), round(y)) for x, y in points[at : at + 3]]
        if len(kept) > 1 and len({y for _, y in (*kept[-4:], *curve)}) == 1:
            del kept[-1]
            kept.append(curve[-1])
        else:
            kept += curve
    flat = list(kept[0])
    for (x, y), (u, v) in pairwise(kept):
        flat += [u - x, v - y]
    return flat
