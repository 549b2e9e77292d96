"""What the steps of one attempt took of the machine."""

from __future__ import annotations

from porter.diagnose import KILLED
from porter.engine import Engine, Exit, Output, Step
from porter.errors import LimitMet


class Meter:
    """An engine that adds up what it is told of the steps it passes on (an `Engine`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = engine.name
        self.cpu_seconds: float | None = None
        """Of all steps together; None while the engine has told of none."""
        self.peak_memory: int | None = None
        """Bytes, of the step that took most; likewise."""

    def run(self, step: Step, output: Output) -> Exit:
        """See `porter.engine.Engine.run`. Raises `LimitMet` for one killed from outside."""
        ended = self._engine.run(step, output)
        if ended.cpu_seconds is not None:
            self.cpu_seconds = (self.cpu_seconds or 0.0) + ended.cpu_seconds
        if ended.peak_memory is not None:
            self.peak_memory = max(self.peak_memory or 0, ended.peak_memory)
        if ended.killed:
            what = step.name.partition(".")[2] or step.name
            raise LimitMet(f"{what} was killed from outside (status {ended.code})", rule=KILLED)
        return ended

    def sweep(self) -> int:
        """See `porter.engine.Engine.sweep`."""
        return self._engine.sweep()

    def stop(self) -> None:
        """See `porter.engine.Engine.stop`."""
        self._engine.stop()
