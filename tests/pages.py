"""The pages of the documentation, as tests read them: their fences, commands and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = (README, *sorted(DOCS.rglob("*.md")))

_FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_EXIT = re.compile(r"\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code: its language and its text."""

    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A command of a ``console`` fence, and what the page says that it prints."""

    command: str
    output: tuple[str, ...]
    """A line of `…` stands for lines that are left out."""
    status: int


def fences(page: Path) -> tuple[Fence, ...]:
    """The fences of a page, in order."""
    found = _FENCE.findall(page.read_text(encoding="utf-8"))
    return tuple(Fence(language, text) for _, language, text in found)


def prose(page: Path) -> str:
    """A page without its fences."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """What stands in backticks, outside of fences."""
    return [" ".join(span.split()) for span in _CODE.findall(prose(page))]


def calls(text: str) -> Iterator[Call]:
    """The commands of a ``console`` fence: after ``$``, then their output and ``[STATUS]``."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, *output = part.splitlines()
        ended = _EXIT.fullmatch(output[-1]) if output else None
        yield Call(command, tuple(output[:-1] if ended else output), int(ended[1]) if ended else 0)


def rows(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    _, found, below = f"\n{page.read_text(encoding='utf-8')}".partition(f"\n{heading}\n")
    if not found:
        raise LookupError(heading)
    lines = below.split("\n#")[0].splitlines()
    table = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in table[2:]]
