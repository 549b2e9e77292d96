"""Trees as lines of text, as ``cargo tree`` and ``npm ls`` draw them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from porter.cli import look

N = TypeVar("N", bound=Hashable)


def drawn(
    roots: Sequence[N], children: Callable[[N], Sequence[N]], label: Callable[[N, bool], str]
) -> Iterator[str]:
    """A line for each node below the one it belongs to, in the order given.

    A node that stands in several places is followed where it is met first; `label` is told (True)
    where it is only named again.
    """
    branch, last, through = _lines()
    seen: set[N] = set()
    waiting = [(root, "", "") for root in reversed(roots)]
    while waiting:
        node, before, indent = waiting.pop()
        below = () if node in seen else children(node)
        yield f"{before}{label(node, node in seen and bool(children(node)))}"
        seen.add(node)
        for number, child in enumerate(reversed(below)):
            here, deeper = (last, "   ") if number == 0 else (branch, through)
            waiting.append((child, indent + here, indent + deeper))


def _lines() -> tuple[str, str, str]:
    if look.has_symbols():
        return "├─ ", "└─ ", "│  "
    return "|- ", "`- ", "|  "
