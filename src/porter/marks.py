"""What stands for each state: in the terminal, in pictures, on the page. Data, and nothing else.

A shape tells a state, and a colour says it again: whoever sees no colour loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from porter.model import Ending, State


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of one state."""

    symbol: str
    """One character, one cell wide."""
    ascii: str
    """What stands in its place where the encoding has no such character."""
    color: str
    """By the name terminals have for it (ECMA-48's eight colours)."""


MARKS: Mapping[str, Mark] = {
    Ending.BUILT: Mark("✔", "+", "green"),
    Ending.CACHED: Mark("●", "=", "green"),
    Ending.FAILED: Mark("✖", "x", "red"),
    Ending.BLOCKED: Mark("⊘", "-", "yellow"),
    Ending.NO_SOURCE: Mark("?", "?", "magenta"),
    Ending.AVAILABLE: Mark("·", ".", "green"),
    State.PORT: Mark("○", "o", "blue"),
    State.RUNNING: Mark("▶", ">", "cyan"),
    State.INTERRUPTED: Mark("◼", "!", "yellow"),
}
"""By the word for it: every `State` and every `Ending` has one."""
