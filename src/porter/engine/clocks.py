"""The two clocks of a step: how long it may take, and how long it may be silent."""

from __future__ import annotations

import time
from collections.abc import Callable

from porter.engine.protocol import Limits

POLL = 0.2
"""Seconds after which a quiet command's clocks and the stop flag are looked at again."""


class Clocks:
    """Both start when this is made; `hear` sets the second one back."""

    def __init__(self, limits: Limits, now: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._now = now
        self._started = self._heard = now()

    def hear(self) -> None:
        """The command has written something."""
        self._heard = self._now()

    def wait(self) -> float:
        """Seconds until they should be looked at again; not above 0 when one has run out."""
        return min(POLL, self._left(self._started, self._limits.seconds), self._quiet_left())

    @property
    def silent(self) -> bool:
        """Whether it is the command's silence that has lasted too long."""
        return self._quiet_left() <= 0

    def _quiet_left(self) -> float:
        return self._left(self._heard, self._limits.silence)

    def _left(self, since: float, seconds: float | None) -> float:
        return POLL if seconds is None else since + seconds - self._now()
