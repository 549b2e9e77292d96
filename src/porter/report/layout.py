"""Where the boxes of a picture go: a layered drawing of a graph (Sugiyama, Tagawa, Toda 1981).

Boxes stand in layers, what a box needs in a later one. Order within a layer follows the
barycenter of the neighbours; the places are those nearest to the neighbours that keep the order
and the distances (a least-squares problem, solved exactly by pooling adjacent violators: Best
and Chakravarti, *Active set algorithms for isotonic regression*, 1990). Lines that cross several
layers and end in the same box share their way, which keeps the drawing and the work small: it
grows with boxes times layers in the worst case and is near linear for real dependencies.

Along is the direction of the layers, across stands at a right angle to it; `Placed` holds pixels.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LAYER_GAP = 64.0
_BOX_GAP = 14.0
_WAY_GAP = 7.0
"""Between a line that passes and its neighbour."""
_SWEEPS = 12
_LARGE = 2_000
"""From so many points on, few sweeps: the last ones change little and cost the same."""

Size = tuple[float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Placed:
    """A finished layout."""

    centers: dict[str, Point]
    """The middle of each box: (along, across), in pixels."""
    ways: dict[tuple[str, str], tuple[Point, ...]]
    """For each line the control points of its cubic Bézier curves (3n + 1), from box to box."""
    length: float
    """Along."""
    breadth: float
    """Across."""


Layout = Callable[[Mapping[str, Size], Sequence[tuple[str, str]]], Placed]
"""Places boxes of sizes (along, across), given in an order most lines follow."""


def layered(sizes: Mapping[str, Size], lines: Sequence[tuple[str, str]]) -> Placed:
    """Place boxes of these sizes (along, across), given in an order most lines follow.

    A line against the order is drawn, but does not push its end into a later layer.
    """
    drawing = _Drawing(list(sizes), lines)
    drawing.arrange()
    return drawing.place(sizes)


class _Drawing:
    """Boxes and the points where lines cross layers, by number; boxes come first."""

    def __init__(self, names: list[str], lines: Sequence[tuple[str, str]]) -> None:
        self._names = names
        number = {name: i for i, name in enumerate(names)}
        self._lines = [(number[start], number[end]) for start, end in lines if start != end]
        forward = sorted({(min(line), max(line)) for line in self._lines})
        self._layer = self._layers(forward)
        self._after: list[list[int]] = [[] for _ in names]
        self._before: list[list[int]] = [[] for _ in names]
        self._points: dict[tuple[int, int], int] = {}
        for start, end in forward:
            self._connect(start, end)
        self._rows: list[list[int]] = [[] for _ in range(max(self._layer, default=-1) + 1)]

    def _layers(self, forward: list[tuple[int, int]]) -> list[int]:
        """Every box right after the last of those that need it."""
        layer = [0] * len(self._names)
        for start, end in forward:
            layer[end] = max(layer[end], layer[start] + 1)
        return layer

    def _connect(self, start: int, end: int) -> None:
        at = start
        for layer in range(self._layer[start] + 1, self._layer[end]):
            point = self._points.get((end, layer))
            if point is None:
                point = self._points[end, layer] = len(self._layer)
                self._layer.append(layer)
                self._after.append([])
                self._before.append([])
            self._join(at, point)
            at = point
        self._join(at, end)

    def _join(self, start: int, end: int) -> None:
        if end not in self._after[start]:
            self._after[start].append(end)
            self._before[end].append(start)

    # --- the order within the layers ----------------------------------------------------------

    def arrange(self) -> None:
        """Find an order with few crossings: sweeps to and fro, the best one is kept."""
        self._first_order()
        best, least = [list(row) for row in self._rows], self._crossings()
        for sweep in range(_SWEEPS if len(self._layer) < _LARGE else 4):
            down = sweep % 2 == 0
            rows = self._rows[1:] if down else self._rows[-2::-1]
            for row in rows:
                self._sort(row, self._before if down else self._after)
            crossings = self._crossings()
            if crossings < least:
                best, least = [list(row) for row in self._rows], crossings
            if least == 0:
                break
        self._rows = best

    def _first_order(self) -> None:
        """Depth first, so that what belongs together stands together."""
        seen: set[int] = set()
        for root in range(len(self._names)):
            stack = [root]
            while stack:
                at = stack.pop()
                if at in seen:
                    continue
                seen.add(at)
                self._rows[self._layer[at]].append(at)
                stack.extend(reversed(self._after[at]))
        self._rank = [0] * len(self._layer)
        for row in self._rows:
            self._number(row)

    def _sort(self, row: list[int], neighbours: list[list[int]]) -> None:
        rank = self._rank
        middle = {
            at: sum(rank[other] for other in neighbours[at]) / len(neighbours[at])
            if neighbours[at]
            else float(rank[at])
            for at in row
        }
        row.sort(key=middle.__getitem__)
        self._number(row)

    def _number(self, row: list[int]) -> None:
        for rank, at in enumerate(row):
            self._rank[at] = rank

    def _crossings(self) -> int:
        """How many pairs of lines cross (Barth, Mutzel, Jünger 2004, with a sorted list)."""
        return sum(self._crossings_after(row) for row in self._rows)

    def _crossings_after(self, row: list[int]) -> int:
        count = 0
        seen: list[int] = []
        for at in row:
            ends = sorted(self._rank[end] for end in self._after[at])
            count += sum(len(seen) - bisect_left(seen, end + 1) for end in ends)
            if ends:
                seen = sorted(seen + ends)
        return count

    # --- places -------------------------------------------------------------------------------

    def place(self, sizes: Mapping[str, Size]) -> Placed:
        """Give every box and every way its place."""
        along = [sizes[name][0] for name in self._names]
        across = [sizes[name][1] for name in self._names]
        across += [0.0] * (len(self._layer) - len(across))
        places = self._across(across)
        spans = self._spans(along)
        ends = [place + breadth / 2 for place, breadth in zip(places, across, strict=True)]
        return Placed(
            {
                name: (spans[self._layer[i]][0] + along[i] / 2, places[i])
                for i, name in enumerate(self._names)
            },
            self._ways(places, spans, along),
            spans[-1][1] if spans else 0.0,
            max(ends, default=0.0),
        )

    def _spans(self, lengths: list[float]) -> list[tuple[float, float]]:
        """Where each layer begins and ends."""
        spans: list[tuple[float, float]] = []
        at = 0.0
        for row in self._rows:
            longest = max((lengths[i] for i in row if i < len(lengths)), default=0.0)
            spans.append((at, at + longest))
            at += longest + _LAYER_GAP
        return spans

    def _across(self, breadths: list[float]) -> list[float]:
        places = [0.0] * len(breadths)
        offsets = [self._offsets(row, breadths) for row in self._rows]
        for row, offset in zip(self._rows, offsets, strict=True):
            for at, place in zip(row, offset, strict=True):
                places[at] = place - offset[-1] / 2
        for sweep in range(_SWEEPS if len(breadths) < _LARGE else 6):
            down = sweep % 2 == 0
            numbers = range(len(self._rows))
            for number in numbers if down else reversed(numbers):
                self._settle(number, offsets[number], places, down=down)
        least = min((p - b / 2 for p, b in zip(places, breadths, strict=True)), default=0.0)
        return [place - least for place in places]

    def _offsets(self, row: list[int], breadths: list[float]) -> list[float]:
        """How far each point of a row stands from the first at least."""
        offsets = [0.0]
        for one, other in pairwise(row):
            gap = _BOX_GAP if breadths[one] and breadths[other] else _WAY_GAP
            offsets.append(offsets[-1] + breadths[one] / 2 + gap + breadths[other] / 2)
        return offsets[: len(row)]

    def _settle(
        self, number: int, offsets: list[float], places: list[float], *, down: bool
    ) -> None:
        """Move a row as near to its neighbours as its order and distances allow."""
        row = self._rows[number]
        wanted = []
        for at, offset in zip(row, offsets, strict=True):
            near = (self._before if down else self._after)[at] or (
                self._before[at] + self._after[at]
            )
            middle = sum(places[other] for other in near) / len(near) if near else places[at]
            wanted.append(middle - offset)
        for at, offset, place in zip(row, offsets, isotonic(wanted), strict=True):
            places[at] = place + offset

    def _ways(
        self, places: list[float], spans: list[tuple[float, float]], along: list[float]
    ) -> dict[tuple[str, str], tuple[Point, ...]]:
        ways = {}
        for start, end in self._lines:
            low, high = min(start, end), max(start, end)
            layers = range(self._layer[low] + 1, self._layer[high])
            passed = [low, *(self._points[high, layer] for layer in layers), high]
            first = (spans[self._layer[low]][0] + along[low], places[low])
            points = [first]
            for one, other in pairwise(passed):
                _straight(points, (spans[self._layer[one]][1], places[one]))
                _bent(points, (spans[self._layer[other]][0], places[other]))
            if start > end:
                points.reverse()
            ways[self._names[start], self._names[end]] = tuple(points)
        return ways


def _straight(points: list[Point], end: Point) -> None:
    """Go on straight, along a layer."""
    if end != points[-1]:
        points += [points[-1], end, end]


def _bent(points: list[Point], end: Point) -> None:
    """Go on in a curve, over the gap between two layers."""
    (x, y), (u, v) = points[-1], end
    middle = (x + u) / 2
    points += [(middle, y), (middle, v), end]


def isotonic(wanted: Sequence[float]) -> list[float]:
    """The non-decreasing values nearest to these in the least-squares sense."""
    pools: list[tuple[float, int]] = []
    for value in wanted:
        total, count = value, 1
        while pools and pools[-1][0] * count > total * pools[-1][1]:
            before, many = pools.pop()
            total, count = total + before, count + many
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
