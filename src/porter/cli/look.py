"""How things look in a terminal: marks, times, columns. Text in, text out."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TextIO

import click

from porter.marks import MARKS


def is_live(stream: TextIO) -> bool:
    """Whether lines of this stream can be drawn over."""
    return stream.isatty() and os.environ.get("TERM") not in {None, "dumb", "unknown"}


def color_wanted(stream: TextIO) -> bool:
    """What ``--color``, ``NO_COLOR`` and ``TERM`` come to, for this stream."""
    context = click.get_current_context(silent=True)
    asked = context.color if context is not None else None
    return stream.isatty() if asked is None else asked


def width(stream: TextIO) -> int | None:
    """Columns of the terminal; None where a stream has no edge to keep away from."""
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def word(state: str, columns: int = 0) -> str:
    """A state with its mark, in its colour, filled up to some columns."""
    return click.style(f"{sign(state)} {state:<{columns}}", fg=MARKS[state].color)


def colored(state: str) -> str:
    """The word for a state in its colour."""
    return click.style(state, fg=MARKS[state].color)


def mark(state: str) -> str:
    """The mark alone, in its colour."""
    return click.style(sign(state), fg=MARKS[state].color)


def sign(state: str) -> str:
    """The mark alone, without colour."""
    found = MARKS[state]
    return found.symbol if has_symbols() else found.ascii


def symbol(wanted: str, otherwise: str) -> str:
    """A character, or its stand-in where the terminal's encoding is poorer."""
    return wanted if has_symbols() else otherwise


def has_symbols() -> bool:
    """Whether both streams a person sees can show every mark."""
    return all(_can_show(stream.encoding) for stream in (sys.stdout, sys.stderr))


@cache
def _can_show(encoding: str | None) -> bool:
    try:
        "".join((*(found.symbol for found in MARKS.values()), "│├└─…")).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def cut(text: str, columns: int | None) -> str:
    """The beginning of a text that fits, with a sign that there is more."""
    if columns is None or len(text) <= columns:
        return text
    more = symbol("…", "~")
    return text[: max(columns - len(more), 0)] + more


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of a table: a text, and the state whose colour it has."""

    text: str
    state: str | None = None


def table(rows: Sequence[Sequence[Cell]], columns: int | None) -> Iterator[str]:
    """Rows below each other, two spaces between columns; columns that are empty are left out.

    What does not fit a terminal is cut at its right edge: the first columns matter most.
    """
    widths = [max(len(cell.text) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        line, left = "", columns
        for cell, width in zip(row, widths, strict=True):
            if width and (left is None or left > 0):
                text = cut(f"{cell.text:<{width}}", left)
                line += text if cell.state is None else click.style(text, MARKS[cell.state].color)
                line += "  "
                left = None if left is None else left - len(text) - 2
        yield line.rstrip()
