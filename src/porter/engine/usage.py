"""What a container takes of the machine, looked at while it runs: its cgroup ends with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from porter.engine.cgroup import Cgroup
from porter.engine.clocks import POLL


class Usage:
    """As far as it was seen: the CPU time of the last moments before the end is missing."""

    def __init__(self, group: Cgroup, now: Callable[[], float] = time.monotonic) -> None:
        self._group = group
        self._now = now
        self._next = 0.0
        self.cpu_seconds: float | None = None
        """None where it could not be seen; likewise `peak_memory`, in bytes."""
        self.peak_memory: int | None = None

    def look(self) -> None:
        """Note what it has taken so far, if that was not done just now."""
        if self._now() < self._next:
            return
        self._next = self._now() + POLL
        with suppress(OSError):  # it has ended
            self.cpu_seconds = self._group.cpu_seconds() or self.cpu_seconds
            self.peak_memory = self._group.peak_memory() or self.peak_memory
