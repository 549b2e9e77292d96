"""What is built with: asked for by port, and which interpreters have nothing of the kind here."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from porter.diagnose import NO_ROOT
from porter.errors import ImageError, StepFailed
from porter.graph import PortGraph
from porter.model import Interpreter, Side
from porter.recipes import SystemPackages
from porter.run.kits import NO_PACKAGES, Kit, KitSource
from porter.run.port import Port


class Equipment:
    """The kits of one run. Any thread may call.

    One interpreter that is not to be had does not stop the others: its ports fail. Where none of a
    plan's interpreters is, that is no package's failure.
    """

    def __init__(self, graph: PortGraph, kits: Mapping[Side, KitSource]) -> None:
        self._kits = kits
        self._hopeful = {port.interpreter for port in graph.ports()}
        self._equipped: set[Interpreter] = set()
        self._lock = threading.Lock()

    def give(self, port: Port, packages: SystemPackages) -> Kit:
        """The kit of a port's present rung.

        Raises:
            StepFailed: what that rung runs in is not to be had.
            ImageError: likewise, for every port and with every interpreter of the plan.
        """
        interpreter = port.node.interpreter
        try:
            kit = self._kits[port.node.side].get(port.rung, interpreter, packages)
        except ImageError as error:
            if len(port.rungs) == 1:
                if packages != NO_PACKAGES:
                    self.give(port, NO_PACKAGES)  # raises where no package is the cause
                elif not self._hopes_without(interpreter):
                    raise
            raise StepFailed(
                error.message, context=error.context, hint=error.hint, rule=NO_ROOT
            ) from error
        with self._lock:
            self._equipped.add(interpreter)
        return kit

    def _hopes_without(self, interpreter: Interpreter) -> bool:
        """Whether anything has been or may be built by this run, though not this."""
        with self._lock:
            self._hopeful.discard(interpreter)
            return bool(self._hopeful | self._equipped)
