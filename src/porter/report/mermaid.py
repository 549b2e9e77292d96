"""Pictures as Mermaid flowcharts (https://mermaid.js.org/syntax/flowchart.html).

Code hosting sites draw them where they stand in a Markdown file.
"""

from __future__ import annotations

from porter.report.marks import LOOKS, Shape
from porter.report.picture import Box, Picture
from porter.report.scene import is_dashed

_SHAPES = {
    Shape.PILL: ("([", "])"),
    Shape.ROUND: ("(", ")"),
    Shape.SQUARE: ("[", "]"),
    Shape.CUT: ("[[", "]]"),
    Shape.POINTED: ("{{", "}}"),
}


def mermaid(picture: Picture) -> bytes:
    """A picture as a flowchart; groups are subgraphs."""
    direction = "LR" if picture.direction == "LR" else "TD"
    lines = [f"%% {_plain(picture.title)}", f"flowchart {direction}"]
    number = {box.id: f"n{i}" for i, box in enumerate(picture.boxes)}
    for i, (name, boxes) in enumerate(picture.groups().items()):
        inner = [f"  {number[box.id]}{_box(box)}:::{_class(box.state)}" for box in boxes]
        if name is not None:
            inner = [f"  subgraph g{i}[{_quoted(name)}]", *inner, "  end"]
        lines += inner
    for line in picture.lines:
        arrow = "==>" if line.critical else "-.->" if is_dashed(line) else "-->"
        lines.append(f"  {number[line.start]} {arrow} {number[line.end]}")
    for state in LOOKS:
        if state in picture.states:
            fill, outline = LOOKS[state].light
            dashes = ",stroke-dasharray:5 3" if LOOKS[state].dashed else ""
            style = f"fill:{fill},stroke:{outline},color:#1b1f24{dashes}"
            lines.append(f"  classDef {_class(state)} {style}")
    return ("\n".join(lines) + "\n").encode()


def _box(box: Box) -> str:
    opening, closing = _SHAPES[LOOKS[box.state].shape]
    text = _quoted(f"{box.label}<br>{box.detail} · {LOOKS[box.state].says}")
    return f"{opening}{text}{closing}"


def _class(state: str) -> str:
    return state.replace("-", "_")


def _quoted(text: str) -> str:
    # In quotes Mermaid reads HTML and entities of its own, written with # (#quot; for ").
    return '"' + text.replace("#", "#35;").replace('"', "#quot;") + '"'


def _plain(text: str) -> str:
    return " ".join(text.split())
