"""A picture with every box, line and word in its place (pixels), whatever it is written as."""

from __future__ import annotations

from dataclasses import dataclass

from porter.model import EdgeKind
from porter.report.layout import Layout, Point, Size, layered
from porter.report.picture import Box, Line, Picture

LABEL = 13.0
"""Font size of the first line in a box."""
DETAIL = 11.0
SIGN = 12.0
"""Side of the square a state's sign is drawn in."""
MARGIN = 24.0

_BOX_HEIGHT = 40.0
_SIGN_SPACE = 30.0
_PADDING = 14.0
_EM = 0.58
"""Mean width of a letter, in parts of the font size; sans-serif fonts are 0.50 to 0.58."""
_FRAME = 22.0
"""Between a group's frame and its boxes."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True, slots=True)
class Frame:
    """A group of boxes, and its name."""

    name: str
    rect: Rect


@dataclass(frozen=True, slots=True)
class Path:
    """A line as it runs: the control points of cubic Bézier curves, 3n + 1 of them."""

    line: Line
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything in its place; the origin is the top left corner of the picture."""

    picture: Picture
    rects: dict[str, Rect]
    """Of the boxes, by id."""
    paths: tuple[Path, ...]
    frames: tuple[Frame, ...]
    width: float
    height: float


def scene(picture: Picture, layout: Layout = layered) -> Scene:
    """Place a picture; groups one after the other, at a right angle to the lines' direction."""
    turned = picture.direction == "TB"
    placer = _Placer(picture, layout, turned=turned)
    for name, boxes in sorted(picture.groups().items(), key=lambda item: item[0] or ""):
        placer.add(name, boxes)
    return placer.scene()


def width_of(text: str, size: float) -> float:
    """An estimate of how wide a text is: pictures are made without the font of their reader."""
    return len(text) * size * _EM


class _Placer:
    """Collects the groups of a picture."""

    def __init__(self, picture: Picture, layout: Layout, *, turned: bool) -> None:
        self._picture = picture
        self._layout = layout
        self._turned = turned
        self._at = 0.0
        self._length = 0.0
        self._rects: dict[str, Rect] = {}
        self._ways: dict[tuple[str, str], tuple[Point, ...]] = {}
        self._frames: list[Frame] = []

    def add(self, name: str | None, boxes: list[Box]) -> None:
        """Place a group after those that are there."""
        sizes = {box.id: self._turn((_width(box), _BOX_HEIGHT)) for box in boxes}
        lines = [
            (line.start, line.end)
            for line in self._picture.lines
            if line.start in sizes and line.end in sizes
        ]
        placed = self._layout(sizes, lines)
        room = 0.0 if name is None else _FRAME
        shift = (room, self._at + room + (LABEL if name is not None else 0.0))
        for box_id, center in placed.centers.items():
            self._rects[box_id] = self._rect(_plus(center, shift), sizes[box_id])
        for key, points in placed.ways.items():
            self._ways[key] = tuple(self._turn(_plus(point, shift)) for point in points)
        breadth = placed.breadth + 2 * room + (LABEL if name is not None else 0.0)
        length = placed.length + 2 * room
        if name is not None:
            x, y = self._turn((0.0, self._at))
            self._frames.append(Frame(name, Rect(x, y, *self._turn((length, breadth)))))
        self._at += breadth + MARGIN
        self._length = max(self._length, length)

    def scene(self) -> Scene:
        """What has come of it."""
        width, height = self._turn((self._length, max(self._at - MARGIN, 0.0)))
        return Scene(
            self._picture,
            self._rects,
            tuple(Path(line, self._points(line)) for line in self._picture.lines),
            tuple(self._frames),
            width,
            height,
        )

    def _points(self, line: Line) -> tuple[Point, ...]:
        way = self._ways.get((line.start, line.end))
        if way is not None:
            return way
        (x, y), (u, v) = _sides(self._rects[line.start], self._rects[line.end], turned=self._turned)
        # From one group to another: out and in straight, and a curve between.
        if self._turned:
            return (x, y), (x, (y + v) / 2), (u, (y + v) / 2), (u, v)
        return (x, y), ((x + u) / 2, y), ((x + u) / 2, v), (u, v)

    def _rect(self, center: Point, size: Size) -> Rect:
        x, y = self._turn(center)
        w, h = self._turn(size)
        return Rect(x - w / 2, y - h / 2, w, h)

    def _turn(self, pair: tuple[float, float]) -> tuple[float, float]:
        return (pair[1], pair[0]) if self._turned else pair


def _sides(one: Rect, other: Rect, *, turned: bool) -> tuple[Point, Point]:
    """Where a line leaves a box and reaches the other, in the direction of the picture."""
    if turned:
        down = one.y <= other.y
        start = (one.x + one.w / 2, one.y + (one.h if down else 0.0))
        return start, (other.x + other.w / 2, other.y + (0.0 if down else other.h))
    right = one.x <= other.x
    start = (one.x + (one.w if right else 0.0), one.y + one.h / 2)
    return start, (other.x + (0.0 if right else other.w), other.y + other.h / 2)


def _plus(one: Point, other: Point) -> Point:
    return one[0] + other[0], one[1] + other[1]


def _width(box: Box) -> float:
    text = max(width_of(box.label, LABEL), width_of(box.detail, DETAIL))
    return _SIGN_SPACE + text + _PADDING


def is_dashed(line: Line) -> bool:
    """Whether a line is drawn dashed: what is needed only to build."""
    return line.kind is EdgeKind.BUILD
