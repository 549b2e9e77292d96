"""How the states of a port look: a colour for each, and a shape and a sign that tell it without.

Colours are of Okabe and Ito's set (*Color Universal Design*, 2008), which people with any of the
common forms of colour blindness can tell apart, made darker or lighter where text stands on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Shape(StrEnum):
    """The outline of a box."""

    PILL = "pill"
    ROUND = "round"
    SQUARE = "square"
    CUT = "cut"
    """An octagon, as a stop sign."""
    POINTED = "pointed"
    """A hexagon."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one state is drawn."""

    says: str
    """What the legend says."""
    shape: Shape
    dashed: bool
    light: tuple[str, str]
    """Fill and outline on a light ground."""
    dark: tuple[str, str]
    sign: str
    """The symbol of `porter.marks.MARKS`: an SVG path in a square of 12 by 12, drawn as a line."""


_RING = "M2 6 A4 4 0 1 1 10 6 A4 4 0 1 1 2 6 Z"

LOOKS: dict[str, Look] = {
    "built": Look(
        "built",
        Shape.ROUND,
        dashed=False,
        light=("#d3f0e5", "#00704f"),
        dark=("#0b3b2e", "#2fc79b"),
        sign="M2 6.5 L5 9.5 L10.5 3",
    ),
    "running": Look(
        "being built",
        Shape.SQUARE,
        dashed=False,
        light=("#fdf3b4", "#7a6a00"),
        dark=("#433c05", "#f0e442"),
        sign="M3 2 L10 6 L3 10 Z",
    ),
    "interrupted": Look(
        "interrupted",
        Shape.SQUARE,
        dashed=True,
        light=("#f6f0c2", "#6b6020"),
        dark=("#38340f", "#cfc35a"),
        sign="M3 3 L9 3 L9 9 L3 9 Z",
    ),
    "port": Look(
        "to be built",
        Shape.SQUARE,
        dashed=False,
        light=("#d9ecfa", "#00568c"),
        dark=("#0b324c", "#56b4e9"),
        sign=_RING,
    ),
    "failed": Look(
        "failed",
        Shape.CUT,
        dashed=False,
        light=("#fbdccb", "#a83a00"),
        dark=("#4a1f08", "#ff8a4c"),
        sign="M2.5 2.5 L9.5 9.5 M9.5 2.5 L2.5 9.5",
    ),
    "blocked": Look(
        "blocked by a failure",
        Shape.CUT,
        dashed=True,
        light=("#f7e3ef", "#8f3d6c"),
        dark=("#40203a", "#dd8fbd"),
        sign=f"{_RING} M3.2 8.8 L8.8 3.2",
    ),
    "no-source": Look(
        "no source to build from",
        Shape.POINTED,
        dashed=False,
        light=("#fdebc8", "#8a5a00"),
        dark=("#43300a", "#e69f00"),
        sign="M3 4 C3 1 9 1 9 4 C9 6 6 6 6 8 M6 10 L6 10.6",
    ),
    "available": Look(
        "a wheel exists",
        Shape.PILL,
        dashed=False,
        light=("#f2f3f5", "#5c6670"),
        dark=("#23282e", "#9aa5b1"),
        sign="M5.2 6 A0.8 0.8 0 1 1 6.8 6 A0.8 0.8 0 1 1 5.2 6 Z",
    ),
}
"""By `porter.model.State`, in the order of the legend."""
