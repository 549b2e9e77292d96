"""A container engine, with this machine itself beside its images.

An interpreter that no image has may be there on this machine. Steps whose root is the host go to
the local engine then; all others run in containers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from porter.engine.protocol import Engine, Exit, Output, Step
from porter.errors import EngineError


class Beside:
    """Runs each step where its root is. Safe to use from several threads."""

    def __init__(self, containers: Engine, local: Callable[[], Engine]) -> None:
        """Take `local`, which connects to the local engine; called when it is first needed."""
        self.name = containers.name
        self._containers = containers
        self._connect = local
        self._local: Engine | None = None
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, step: Step, output: Output) -> Exit:
        """See `porter.engine.Engine.run`."""
        engine = self._host() if step.root.is_host else self._containers
        return engine.run(step, output)

    def sweep(self) -> int:
        """See `porter.engine.Engine.sweep`."""
        return self._containers.sweep()

    def stop(self) -> None:
        """See `porter.engine.Engine.stop`."""
        with self._lock:
            self._stopped = True
            if self._local is not None:
                self._local.stop()
        self._containers.stop()

    def _host(self) -> Engine:
        with self._lock:
            if self._stopped:
                raise KeyboardInterrupt
            if self._local is None:
                try:
                    self._local = self._connect()
                except EngineError as error:
                    raise EngineError(
                        f"this machine's own Python is wanted, and {error.message}",
                        context=error.context,
                        hint=error.hint,
                    ) from error
                self._local.sweep()
            return self._local
