"""SIGINT and SIGTERM: the first ends a run, and nothing disturbs the clearing up after it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Signals:
    """What was heard since `listen`. Python runs signal handlers in the main thread alone."""

    def __init__(self) -> None:
        self._tell: Callable[[], None] = lambda: None
        self._heard = 0
        self._held = 0
        self._waiting = False

    def listen(self, tell: Callable[[], None]) -> None:
        """Let the first signal raise KeyboardInterrupt, wherever the main thread is.

        The second one only calls `tell`: it is impatience, and what it would disturb is the
        removal of containers and files. From the third on they raise again, so that no fault of
        porter's can keep a person waiting for ever. `tell` must not write to a buffered stream,
        which the signal may have come in the midst of.
        """
        self._tell = tell
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def ignore(self) -> None:
        """From here on no signal does anything: the process ends now, with the status it has.

        Python itself would let go of its handlers first, and the signal would be the status.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """A block that is done whole: a signal meanwhile raises KeyboardInterrupt at its end.

        For blocks that end soon. In other threads than the main one it does nothing, because no
        signal interrupts them.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._waiting and not self._held:
                self._waiting = False
                raise KeyboardInterrupt

    def _handle(self, _number: int, _frame: Any) -> None:
        self._heard += 1
        if self._heard == 2:
            self._tell()
        elif self._held:
            self._waiting = True
        else:
            raise KeyboardInterrupt


SIGNALS = Signals()
"""Those of this process."""
