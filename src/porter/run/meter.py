"""What the steps of one attempt took of the machine."""

from __future__ import annotations

from porter.engine import Engine, Exit, Output, Step


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
        """See `porter.engine.Engine.run`."""
        ended = self._engine.run(step, output)
        if ended.cpu_seconds is not None:
            self.cpu_seconds = (self.cpu_seconds or 0.0) + ended.cpu_seconds
        if ended.peak_memory is not None:
            self.peak_memory = max(self.peak_memory or 0, ended.peak_memory)
        return ended

    def sweep(self) -> int:
        """See `porter.engine.Engine.sweep`."""
        return self._engine.sweep()

    def stop(self) -> None:
        """See `porter.engine.Engine.stop`."""
        self._engine.stop()
