"""Measures work done in pieces: a port waits between its steps, for others and for a turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Runs while work is done; for one thread at a time."""

    def __init__(self) -> None:
        self._before = 0.0
        self._since: float | None = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time until the end of the block."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._before, self._since = self.seconds, None

    @property
    def seconds(self) -> float:
        """Counted so far, the piece under way included."""
        return self._before + (0.0 if self._since is None else time.monotonic() - self._since)
