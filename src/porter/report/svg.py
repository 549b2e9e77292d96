"""Pictures as SVG: one file, no script, dark where its reader's screen is dark.

https://www.w3.org/TR/SVG2/; colours by media query, so that a page that shows it as an image
gets the right ones too.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from porter.phrases import number_of
from porter.report.layout import Point
from porter.report.marks import LOOKS, Shape
from porter.report.picture import Box
from porter.report.scene import DETAIL, LABEL, MARGIN, SIGN, Path, Rect, Scene, is_dashed, width_of

_TITLE = 17.0
_LEGEND_HEIGHT = 30.0
_FONT = "Roboto, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif"
_CORNER = {Shape.PILL: 20.0, Shape.ROUND: 9.0, Shape.SQUARE: 1.5}
_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say."""


def svg(scene: Scene) -> bytes:
    """A scene as an SVG document."""
    legend = _legend(scene)
    width = max(scene.width, legend.width, width_of(scene.picture.title, _TITLE)) + 2 * MARGIN
    top = MARGIN + 3 * _TITLE
    height = top + scene.height + MARGIN + legend.height + MARGIN
    root = ET.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=f"{width:.0f}",
        height=f"{height:.0f}",
        role="img",
    )
    _text_of(root, "title", scene.picture.title)
    _text_of(root, "style", _style())
    _markers(root)
    ET.SubElement(root, "rect", {"class": "ground", "width": "100%", "height": "100%"})
    _words(root, scene.picture.title, MARGIN, MARGIN + _TITLE, "name")
    if scene.picture.hidden:
        _words(root, _folded(scene.picture.hidden), MARGIN, MARGIN + 2.1 * _TITLE, "detail")
    body = ET.SubElement(root, "g", transform=f"translate({MARGIN:.0f} {top:.0f})")
    _body(body, scene)
    legend.draw(root, MARGIN, top + scene.height + MARGIN)
    ET.indent(root, " ")
    encoded: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return encoded + b"\n"


def _folded(hidden: int) -> str:
    return f"{number_of(hidden, 'node')} not shown"


def _body(body: ET.Element, scene: Scene) -> None:
    for frame in scene.frames:
        _rect(body, frame.rect, "frame", 8.0)
        _words(body, frame.name, frame.rect.x + 12, frame.rect.y + LABEL + 5, "detail")
    # The longest chain last, so that nothing hides it.
    for path in sorted(scene.paths, key=lambda path: path.line.critical):
        _line(body, path)
    for box in scene.picture.boxes:
        _box(body, box, scene.rects[box.id])


def _box(parent: ET.Element, box: Box, rect: Rect) -> None:
    classes = f"box {box.state}" + (" critical" if box.critical else "")
    group = ET.SubElement(parent, "g", {"class": classes})
    _text_of(group, "title", f"{box.label} ({box.detail}): {LOOKS[box.state].says}")
    _outline(group, LOOKS[box.state].shape, rect)
    _sign(group, box.state, rect.x + 10, rect.y + (rect.h - SIGN) / 2)
    left = rect.x + 10 + SIGN + 8
    _words(group, box.label, left, rect.y + 18, "name")
    _words(group, box.detail, left, rect.y + 32, "detail")


def _outline(parent: ET.Element, shape: Shape, rect: Rect) -> None:
    if shape in _CORNER:
        _rect(parent, rect, "outline", min(_CORNER[shape], rect.h / 2))
        return
    x, y, right, low = rect.x, rect.y, rect.x + rect.w, rect.y + rect.h
    cut = 0.24 * rect.h
    if shape is Shape.CUT:
        corners = [
            (x + cut, y), (right - cut, y), (right, y + cut), (right, low - cut),
            (right - cut, low), (x + cut, low), (x, low - cut), (x, y + cut),
        ]  # fmt: skip
    else:
        middle = (y + low) / 2
        corners = [
            (x + cut, y), (right - cut, y), (right, middle),
            (right - cut, low), (x + cut, low), (x, middle),
        ]  # fmt: skip
    points = " ".join(f"{_n(px)},{_n(py)}" for px, py in corners)
    ET.SubElement(parent, "polygon", {"class": "outline", "points": points})


def _sign(parent: ET.Element, state: str, x: float, y: float) -> None:
    ET.SubElement(
        parent,
        "path",
        {"class": "sign", "d": LOOKS[state].sign, "transform": f"translate({_n(x)} {_n(y)})"},
    )


def _line(parent: ET.Element, path: Path) -> None:
    classes = ["line"]
    if is_dashed(path.line):
        classes.append("build")
    if path.line.critical:
        classes.append("critical")
    marker = "critical" if path.line.critical else "needs"
    ET.SubElement(
        parent,
        "path",
        {
            "class": " ".join(classes),
            "d": curve(path.points),
            "marker-end": f"url(#{marker})",
        },
    )


def curve(points: tuple[Point, ...]) -> str:
    """Control points of cubic Bézier curves as path data."""
    first, *rest = (f"{_n(x)} {_n(y)}" for x, y in points)
    return f"M{first}C{' '.join(rest)}"


class _legend:  # noqa: N801  # reads as what it is where it is made
    """What the shapes, colours and lines mean, in one row or several."""

    def __init__(self, scene: Scene) -> None:
        picture = scene.picture
        self._states = [state for state in LOOKS if state in picture.states]
        self._counts = picture.counts
        self._lines = ["needs to run", "needs to build"]
        if any(line.critical for line in picture.lines):
            self._lines.append("longest chain")
        states = [60 + width_of(self._says(state), DETAIL) for state in self._states]
        lines = [70 + width_of(text, DETAIL) for text in self._lines]
        self._rows = (states, lines)
        self.width = max(sum(row) for row in self._rows)
        self.height = len(self._rows) * _LEGEND_HEIGHT

    def _says(self, state: str) -> str:
        return f"{LOOKS[state].says} ({self._counts.get(state, 0)})"

    def draw(self, root: ET.Element, x: float, y: float) -> None:
        """Put it there."""
        group = ET.SubElement(root, "g", {"class": "legend"})
        at = x
        for state, width in zip(self._states, self._rows[0], strict=True):
            sample = ET.SubElement(group, "g", {"class": f"box {state}"})
            _outline(sample, LOOKS[state].shape, Rect(at, y, 36, 20))
            _sign(sample, state, at + 12, y + 4)
            _words(group, self._says(state), at + 42, y + 14, "detail")
            at += width
        at = x
        for text, width in zip(self._lines, self._rows[1], strict=True):
            kind = {"needs to build": " build", "longest chain": " critical"}.get(text, "")
            level = y + _LEGEND_HEIGHT + 8
            ET.SubElement(
                group,
                "path",
                {
                    "class": f"line{kind}",
                    "d": f"M{_n(at)} {_n(level)}H{_n(at + 40)}",
                    "marker-end": f"url(#{'critical' if 'critical' in kind else 'needs'})",
                },
            )
            _words(group, text, at + 50, level + 4, "detail")
            at += width


def _markers(root: ET.Element) -> None:
    defs = ET.SubElement(root, "defs")
    for name in ("needs", "critical"):
        marker = ET.SubElement(
            defs,
            "marker",
            id=name,
            viewBox="0 0 8 8",
            refX="7.5",
            refY="4",
            markerWidth="8",
            markerHeight="8",
            markerUnits="userSpaceOnUse",
            orient="auto",
        )
        ET.SubElement(marker, "path", {"class": f"head {name}", "d": "M0 0.5 L8 4 L0 7.5 Z"})


def _rect(parent: ET.Element, rect: Rect, name: str, corner: float) -> None:
    ET.SubElement(
        parent,
        "rect",
        {
            "class": name,
            "x": _n(rect.x),
            "y": _n(rect.y),
            "width": _n(rect.w),
            "height": _n(rect.h),
            "rx": _n(corner),
        },
    )


def _words(parent: ET.Element, text: str, x: float, y: float, name: str) -> None:
    element = ET.SubElement(parent, "text", {"class": name, "x": _n(x), "y": _n(y)})
    element.text = _UNPRINTABLE.sub("\ufffd", text)


def _text_of(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = _UNPRINTABLE.sub("\ufffd", text)


def _style() -> str:
    light = "\n".join(_rule(state, 0) for state in LOOKS)
    dark = "\n".join(_rule(state, 1) for state in LOOKS)
    dashed = ", ".join(f".{state} .outline" for state, look in LOOKS.items() if look.dashed)
    return f"""
text {{ font-family: {_FONT}; fill: #1b1f24 }}
.name {{ font-size: {LABEL}px; font-weight: 500 }}
.detail {{ font-size: {DETAIL}px; fill: #4a535c }}
.ground {{ fill: #ffffff }}
.frame {{ fill: none; stroke: #b4bcc4; stroke-dasharray: 2 4 }}
.outline {{ stroke-width: 1.4 }}
.box.critical .outline {{ stroke-width: 2.8 }}
{dashed} {{ stroke-dasharray: 5 3 }}
.sign {{ fill: none; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }}
.line {{ fill: none; stroke: #8b95a0; stroke-width: 1.2 }}
.line.build {{ stroke-dasharray: 5 4 }}
.line.critical {{ stroke: #1b1f24; stroke-width: 2.6 }}
.head {{ fill: #8b95a0 }}
.head.critical {{ fill: #1b1f24 }}
{light}
@media (prefers-color-scheme: dark) {{
text {{ fill: #e8ecf0 }}
.detail {{ fill: #b4bec8 }}
.ground {{ fill: #14181c }}
.frame {{ stroke: #4a535c }}
.line {{ stroke: #6f7a85 }}
.line.critical {{ stroke: #e8ecf0 }}
.head {{ fill: #6f7a85 }}
.head.critical {{ fill: #e8ecf0 }}
{dark}
}}
"""


def _rule(state: str, ground: int) -> str:
    fill, outline = (LOOKS[state].light, LOOKS[state].dark)[ground]
    return (
        f".{state} .outline {{ fill: {fill}; stroke: {outline} }} "
        f".{state} .sign {{ stroke: {outline} }}"
    )


def _n(number: float) -> str:
    """A number as short as a tenth of a pixel allows."""
    return f"{number:.1f}".removesuffix(".0")
