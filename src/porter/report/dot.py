"""Pictures in Graphviz's language (https://graphviz.org/doc/info/lang.html), for its programs."""

from __future__ import annotations

from porter.report.marks import LOOKS, Shape
from porter.report.picture import Box, Line, Picture
from porter.report.scene import is_dashed

_SHAPES = {
    Shape.PILL: 'shape=box, style="rounded,filled"',
    Shape.ROUND: 'shape=box, style="rounded,filled"',
    Shape.SQUARE: 'shape=box, style="filled"',
    Shape.CUT: 'shape=octagon, style="filled"',
    Shape.POINTED: 'shape=hexagon, style="filled"',
}


def dot(picture: Picture) -> bytes:
    """A picture as a digraph; groups are clusters."""
    lines = [
        "digraph porter {",
        f"  graph [rankdir={picture.direction}, label={_quoted(picture.title)}, labelloc=t];",
        '  node [fontname="Roboto,Arial,sans-serif", fontsize=12];',
        "  edge [arrowsize=0.7];",
    ]
    for number, (name, boxes) in enumerate(picture.groups().items()):
        if name is None:
            lines += [f"  {_box(box)}" for box in boxes]
        else:
            inner = [f"    {_box(box)}" for box in boxes]
            head = f"  subgraph cluster_{number} {{ label={_quoted(name)};"
            lines += [head, *inner, "  }"]
    lines += [f"  {_line(line)}" for line in picture.lines]
    return ("\n".join([*lines, "}"]) + "\n").encode()


def _box(box: Box) -> str:
    look = LOOKS[box.state]
    fill, outline = look.light
    label = _quoted(f"{box.label}\n{box.detail}\n{look.says}")
    width = ", penwidth=3" if box.critical else ""
    shape = _SHAPES[look.shape]
    if look.dashed:
        shape = shape.replace("filled", "filled,dashed")
    return (
        f'{_quoted(box.id)} [label={label}, {shape}, fillcolor="{fill}", color="{outline}"{width}];'
    )


def _line(line: Line) -> str:
    looks = [
        word
        for word, wanted in (("style=dashed", is_dashed(line)), ("penwidth=3", line.critical))
        if wanted
    ]
    attributes = f" [{', '.join(looks)}]" if looks else ""
    return f"{_quoted(line.start)} -> {_quoted(line.end)}{attributes};"


def _quoted(text: str) -> str:
    inner = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{inner}"'
