from __future__ import annotations

import pytest

from porter.cli import look
from porter.cli.tree import drawn

GRAPH = {"a": "bc", "b": "d", "c": "bd", "d": "", "e": "e"}


def lines(*roots: str) -> list[str]:
    return list(drawn(roots, lambda n: tuple(GRAPH[n]), lambda n, again: f"{n}{'*' * again}"))


def test_what_was_drawn_above_is_only_named() -> None:
    assert lines("a", "c") == ["a", "├─ b", "│  └─ d", "└─ c", "   ├─ b*", "   └─ d", "c*"]


def test_a_circle_ends() -> None:
    assert lines("e") == ["e", "└─ e*"]


def test_in_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "has_symbols", lambda: False)
    assert lines("a")[:3] == ["a", "|- b", "|  `- d"]


def test_a_long_chain_is_no_deep_recursion() -> None:
    drawing = drawn([0], lambda n: (n + 1,) if n < 3000 else (), lambda n, _: str(n))
    assert sum(1 for _ in drawing) == 3001
