"""An engine that holds all commands of one attempt to its two clocks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from porter.engine import Engine, Exit, Output, Step

DAY = 24 * 3600.0
SLACK = 20
"""How many times as long as a recipe says it takes a build may take: QEMU makes it ten times."""
SILENCE = 2 * 3600.0
"""Seconds without output. A single large file may keep a compiler under QEMU busy for an hour."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an attempt is waited for."""

    seconds: float
    """That its commands may take together."""
    silence: float
    """That one of them may write nothing."""


class Watched:
    """Runs the steps of one attempt, one after the other; waiting for its turn is not counted."""

    def __init__(self, engine: Engine, patience: Patience) -> None:
        self.name = engine.name
        self._engine = engine
        self._patience = patience
        self._spent = 0.0

    def run(self, step: Step, output: Output) -> Exit:
        """See `porter.engine.Engine.run`."""
        # Never none at all: that would be no limit.
        left = max(self._patience.seconds - self._spent, 0.001)
        own = step.limits.seconds
        limits = replace(
            step.limits,
            seconds=left if own is None else min(left, own),
            silence=self._patience.silence,
        )
        ended = self._engine.run(replace(step, limits=limits), output)
        self._spent += ended.seconds
        return ended

    def sweep(self) -> int:
        """See `porter.engine.Engine.sweep`."""
        return self._engine.sweep()

    def stop(self) -> None:
        """See `porter.engine.Engine.stop`."""
        self._engine.stop()
