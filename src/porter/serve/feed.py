"""What a page that follows a run has to be told: what changed since what it was told last."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from porter.report.page import Document, Report


@dataclass(frozen=True, slots=True)
class Seen:
    """A plan as it stands at one moment."""

    plan: str
    """Names the plan and its content: another text, another plan."""
    report: Report


Look = Callable[[], Seen]
"""Looks at the workspace; the same object again where nothing has changed.

Raises `porter.errors.PorterError` where there is nothing to see.
"""


class Feed:
    """The last document, and when each part of it changed, counted in versions."""

    def __init__(self) -> None:
        # Another server, or another plan, has another name: its versions mean nothing here.
        self._name = ""
        self._plan: str | None = None
        self._version = 0
        self._nodes: list[tuple[int, dict[str, Any]]] = []
        self._pieces: dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]] = {}
        self._began: str | None = None
        self._runs: tuple[int, tuple[dict[str, Any], ...]] = (0, ())
        self._told: dict[int, str] = {}

    @property
    def token(self) -> str:
        """Of all that is known now."""
        return f"{self._name}.{self._version}"

    def update(self, plan: str, document: Document) -> bool:
        """Take a newer document; whether anything is different in it."""
        if plan != self._plan:
            self._begin(plan, document)
            return True
        next_ = self._version + 1
        nodes = [
            old if old[1] == node else (next_, node)
            for old, node in zip(self._nodes, document.nodes, strict=True)
        ]
        pieces = self._newer_pieces(next_, document)
        runs = self._runs if self._runs[1] == document.runs else (next_, document.runs)
        if (nodes, pieces, runs, document.began) == (
            self._nodes,
            self._pieces,
            self._runs,
            self._began,
        ):
            return False
        self._nodes, self._pieces, self._runs = nodes, pieces, runs
        self._began, self._version = document.began, next_
        self._told.clear()
        return True

    def message(self, token: str) -> tuple[str, str] | None:
        """Event and data for a page that has a token's document; None if it is the newest."""
        if token == self.token:
            return None
        name, _, version = token.partition(".")
        if name != self._name or not version.isascii() or not version.isdecimal():
            return "plan", "{}"
        since = int(version)
        if since not in self._told:
            self._told[since] = json.dumps(self._news(since), separators=(",", ":"))
        return "state", self._told[since]

    def _begin(self, plan: str, document: Document) -> None:
        self._plan, self._name, self._version = plan, secrets.token_hex(6), 1
        self._nodes = [(1, node) for node in document.nodes]
        self._pieces = {piece[0:3:2]: (1, piece) for piece in document.pieces}
        self._began, self._runs = document.began, (1, document.runs)
        self._told.clear()

    def _newer_pieces(
        self, next_: int, document: Document
    ) -> dict[tuple[Any, ...], tuple[int, tuple[Any, ...]]]:
        """By attempt and phase; those of another run are all new."""
        known = self._pieces if document.began == self._began else {}
        found = {}
        for piece in document.pieces:
            old = known.get(piece[0:3:2])
            found[piece[0:3:2]] = old if old and old[1] == piece else (next_, piece)
        return found

    def _news(self, since: int) -> dict[str, Any]:
        news: dict[str, Any] = {
            "began": self._began,
            "nodes": [(i, node) for i, (when, node) in enumerate(self._nodes) if when > since],
            "pieces": [piece for when, piece in self._pieces.values() if when > since],
        }
        if self._runs[0] > since:
            news["runs"] = self._runs[1]
        return news
