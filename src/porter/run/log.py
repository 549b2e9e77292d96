"""The log of one attempt: what its steps wrote, under a heading for each phase.

Each line begins with the seconds since the attempt began, as the kernel's log does::

    ==> 2026-01-31T12:00:00Z build (cross)
    [    3.41] running build_ext

Porter's own lines are the only ones that begin otherwise, so that no build can forge one.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

MAX_BYTES = 32 << 20
"""Of a log, before its middle is left out: a build in a loop must not fill the disk."""
TAIL_BYTES = 4 << 20
"""Of what a phase wrote last, that are kept whatever came before."""


def results_of(log: Path) -> Path:
    """The file beside a log for the results of tests (JUnit XML)."""
    return log.with_suffix(".xml")


class Log:
    """Writes a new file, its first part as it comes, its last part in any case.

    Bytes, because builds write anything. Raises `FileExistsError` where there is one already.
    """

    def __init__(
        self,
        path: Path,
        *,
        echo: Callable[[bytes], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._echo = echo
        self._now = now
        self._started = now()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("xb", buffering=0)
        self._lock = threading.Lock()
        self._size = 0
        self._fresh = True
        """Whether the next byte begins a line."""
        self._last: deque[bytes] = deque()
        """What this phase wrote last, as it came, at most `TAIL_BYTES` of it and one piece."""
        self._last_size = 0
        self._held: deque[bytes] = deque()
        """Of what is past the limit, the lines that would be written if nothing followed."""
        self._held_size = self._dropped = 0

    @classmethod
    def next_in(cls, folder: Path, *, echo: Callable[[bytes], None] | None = None) -> Log:
        """The log after those a folder holds (``1.log``, ``2.log``, …): none is overwritten."""
        taken = [int(path.stem) for path in folder.glob("*.log") if path.stem.isdecimal()]
        return cls(folder / f"{max(taken, default=0) + 1}.log", echo=echo)

    @property
    def results(self) -> Path:
        """Where the results of the wheel's tests are kept, beside it."""
        return results_of(self.path)

    def heading(self, text: str) -> None:
        """Write a line of porter's own; a new phase begins."""
        with self._lock:
            self._release()
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._own(f"{stamp} {text}")
            self._last.clear()
            self._last_size = 0

    def write(self, data: bytes) -> None:
        """Append what a step wrote, and pass it on."""
        if self._echo is not None:
            self._echo(data)
        with self._lock:
            self._last.append(data)
            self._last_size += len(data)
            while self._last_size - len(self._last[0]) >= TAIL_BYTES:
                self._last_size -= len(self._last.popleft())
            stamped = b"".join(self._stamped(data))
            if self._size < MAX_BYTES:
                self._file.write(stamped)
                self._size += len(stamped)
            else:
                self._hold(stamped)

    def recent(self) -> bytes:
        """What the steps of this phase wrote last, without time stamps."""
        with self._lock:
            return b"".join(self._last)

    def close(self) -> None:
        """Write what was held back and close the file; it may be called again."""
        with self._lock:
            if not self._file.closed:
                self._release()
                self._file.close()

    def _stamped(self, data: bytes) -> Iterator[bytes]:
        stamp = f"[{self._now() - self._started:8.2f}] ".encode()
        for line in _lines(data):
            if self._fresh:
                yield stamp
            yield line
            self._fresh = line.endswith(b"\n")

    def _hold(self, stamped: bytes) -> None:
        self._held.append(stamped)
        self._held_size += len(stamped)
        while self._held_size - len(self._held[0]) >= TAIL_BYTES:
            gone = len(self._held.popleft())
            self._held_size -= gone
            self._dropped += gone

    def _release(self) -> None:
        """Write the end of a phase that went past the limit, and how much is missing before it."""
        if self._dropped:
            self._own(f"{self._dropped} bytes are left out here: the log reached its size limit")
        for piece in self._held:
            self._file.write(piece)
        self._held.clear()
        self._held_size = self._dropped = 0

    def _own(self, text: str) -> None:
        end = b"" if self._fresh else b"\n"
        self._file.write(end + f"==> {text}\n".encode())
        self._fresh = True


def _lines(data: bytes) -> Iterator[bytes]:
    """Lines as a line feed ends them: a carriage return rewrites a line and begins none."""
    *whole, rest = data.split(b"\n")
    yield from (line + b"\n" for line in whole)
    if rest:
        yield rest
