"""A daemon's socket that can be cut off and given back, as a restart of the daemon would."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path


class Proxy:
    """Passes connections on to a socket while it is `up`."""

    def __init__(self, path: Path, behind: str) -> None:
        self.address = f"unix://{path}"
        self._path = path
        self._behind = behind
        self._pairs: list[socket.socket] = []
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.restore()

    def restore(self) -> None:
        """Take connections."""
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self._path))
        self._listener.listen()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Break off every connection, and take no more."""
        assert self._listener is not None
        with self._lock:
            self._shut(self._listener)
            for end in self._pairs:
                self._shut(end)
            self._pairs.clear()

    @staticmethod
    def _shut(end: socket.socket) -> None:
        with suppress(OSError):  # the other side has gone
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                front, _ = listener.accept()
            except OSError:  # cut
                return
            back = socket.socket(socket.AF_UNIX)
            back.connect(self._behind)
            with self._lock:
                self._pairs += [front, back]
            for source, target in ((front, back), (back, front)):
                threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):  # either side has gone
        while data := source.recv(1 << 16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
