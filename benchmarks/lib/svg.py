"""A plot with one or two lines on logarithmic axes, as SVG. Pure: points in, text out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

Point = tuple[float, float]

WIDTH, HEIGHT, MARGIN = 640, 400, 64
_COLORS = ("#1f77b4", "#d62728")


@dataclass(frozen=True, slots=True)
class Line:
    """Points that belong together; all values are positive."""

    label: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class _Axis:
    """From a value to its place between two ends, by powers of ten."""

    low: int
    high: int
    start: float
    end: float

    def place(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def plot(lines: Sequence[Line], *, x_label: str, title: str) -> str:
    """The document. Raises `ValueError` without points, or for values that are not positive."""
    values = [point for line in lines for point in line.points]
    if not values or min(min(point) for point in values) <= 0:
        raise ValueError("a logarithmic plot needs positive values")
    across = _axis([x for x, _ in values], MARGIN, WIDTH - MARGIN)
    up = _axis([y for _, y in values], HEIGHT - MARGIN, MARGIN)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        "<style>text { font: 12px sans-serif }</style>",
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 24, title),
        _text(WIDTH / 2, HEIGHT - 16, x_label),
    ]
    for tick in across.ticks():
        drawn.append(_stroke([(across.place(tick), up.start), (across.place(tick), up.end)]))
        drawn.append(_text(across.place(tick), HEIGHT - MARGIN + 18, f"{tick:g}"))
    for tick in up.ticks():
        drawn.append(_stroke([(across.start, up.place(tick)), (across.end, up.place(tick))]))
        drawn.append(_text(MARGIN - 8, up.place(tick) + 4, f"{tick:g}", anchor="end"))
    for number, (line, color) in enumerate(zip(lines, _COLORS, strict=False)):
        places = [(across.place(x), up.place(y)) for x, y in sorted(line.points)]
        drawn.append(_stroke(places, color=color, width=2))
        drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in places]
        drawn.append(_text(MARGIN + 8, MARGIN + 16 + 16 * number, line.label, "start", color))
    return "\n".join([*drawn, "</svg>\n"])


def _axis(values: Sequence[float], start: float, end: float) -> _Axis:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return _Axis(low, max(high, low + 1), start, end)


def _stroke(places: Sequence[Point], *, color: str = "#dddddd", width: int = 1) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle", color: str = "black") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}"'
    return f"<text {place}>{escape(text)}</text>"
