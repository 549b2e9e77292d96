"""Remember for a day which registries did not answer, so that not every command waits for them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

KEPT = 24 * 60 * 60.0
"""Seconds."""


class PullMemory:
    """Failures by registry, in one small file of the cache."""

    def __init__(self, file: Path, now: Callable[[], float] = time.time) -> None:
        self._file = file
        self._now = now

    def failed_lately(self, reference: str) -> bool:
        """Whether this reference's registry failed within the last day."""
        then = self._read().get(_registry(reference))
        return then is not None and 0 <= self._now() - then < KEPT

    def remember(self, reference: str) -> None:
        """Note that this reference's registry failed now."""
        known = self._read() | {_registry(reference): self._now()}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps(known), encoding="utf-8")
        temporary.replace(self._file)

    def _read(self) -> dict[str, float]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # a cache: what cannot be read was never noted
            return {}
        items = known.items() if isinstance(known, dict) else ()
        return {name: then for name, then in items if isinstance(then, float)}


def _registry(reference: str) -> str:
    return reference.split("/", 1)[0]
