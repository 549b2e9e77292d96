"""The output of a container, read by a thread, handed on by the caller's."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from porter.engine.clocks import POLL, Clocks
from porter.engine.docker_api import translated
from porter.engine.protocol import Output
from porter.errors import EngineError

_GRACE = 10.0
_Item = bytes | EngineError | None


class Pump:
    """Attaches to a container that is created and not yet started.

    A read from the engine's socket cannot be interrupted, a read from a queue can: so Ctrl-C, the
    deadline and the stop flag are seen in time.
    """

    def __init__(self, api: Any, container: str, name: str) -> None:
        self._api = api
        self._container = container
        self._name = name
        params = {"stdout": 1, "stderr": 1, "stream": 1}
        self._socket = api.attach_socket(container, params=params)
        # Bounded, so that a command which writes faster than the log takes it has to wait.
        self._queue: queue.Queue[_Item] = queue.Queue(maxsize=64)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def follow(
        self, output: Output, clocks: Clocks, stop: threading.Event, look: Callable[[], None]
    ) -> bool:
        """Pass the output on until the container ends; False when a clock ran out first.

        `look` is called again and again meanwhile.
        Raises KeyboardInterrupt when `stop` is set, and `EngineError`.
        """
        self._thread.start()
        while (wait := clocks.wait()) > 0:
            if stop.is_set():
                raise KeyboardInterrupt
            look()
            with suppress(queue.Empty):
                chunk = self._next(wait)
                if chunk is None:
                    return True
                clocks.hear()
                output(chunk)
        return False

    def finish(self) -> None:
        """Wait until a killed container has ended; raises `EngineError`."""
        try:
            while self._next(_GRACE) is not None:
                pass
        except queue.Empty:
            raise EngineError(f"{self._name} does not kill a container") from None

    def close(self) -> None:
        """Give the connection back when the container is gone; the reading thread ends."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(_GRACE)
        # The socket below a stream object counts as open until it is closed itself, too.
        for part in (getattr(self._socket, "_sock", None), self._socket):
            if part is not None:
                part.close()

    def _next(self, wait: float) -> bytes | None:
        item = self._queue.get(timeout=wait)
        if isinstance(item, EngineError):
            raise item
        return item

    def _read(self) -> None:
        from docker.utils.socket import frames_iter

        try:
            with translated(self._name, "streaming a step's output"):
                for _, chunk in frames_iter(self._socket, tty=False):
                    self._put(chunk)
                # A command may close its output long before it ends.
                self._api.wait(self._container, timeout=None)
        except EngineError as error:
            self._put(error)
        else:
            self._put(None)

    def _put(self, item: _Item) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._queue.put(item, timeout=POLL)
                return
