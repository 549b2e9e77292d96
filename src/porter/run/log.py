"""The log of one attempt: what its steps wrote, under a heading for each phase."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

# A log larger than this is cut: a build in a loop must not fill the disk.
MAX_BYTES = 256 << 20
TAIL_LINES = 20


class Log:
    """Writes a new file and remembers its last lines. Bytes, because builds write anything.

    Raises `FileExistsError` where there is one already.
    """

    def __init__(self, path: Path, *, echo: Callable[[bytes], None] | None = None) -> None:
        self._echo = echo
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("xb", buffering=0)
        self._size = 0
        self._last: deque[bytes] = deque(maxlen=TAIL_LINES)
        self._line = b""

    @classmethod
    def next_in(cls, folder: Path, *, echo: Callable[[bytes], None] | None = None) -> Log:
        """The log after those a folder holds (``1.log``, ``2.log``, …): none is overwritten."""
        taken = [int(path.stem) for path in folder.glob("*.log") if path.stem.isdecimal()]
        return cls(folder / f"{max(taken, default=0) + 1}.log", echo=echo)

    def heading(self, text: str) -> None:
        """Write a line of porter's own."""
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._file.write(f"==> {stamp} {text}\n".encode())
        self._last.clear()
        self._line = b""

    def write(self, data: bytes) -> None:
        """Append what a step wrote, and pass it on."""
        if self._echo is not None:
            self._echo(data)
        if self._size < MAX_BYTES:
            self._file.write(data)
            self._size += len(data)
            if self._size >= MAX_BYTES:
                self._file.write(b"\n==> the log is cut here: it reached its size limit\n")
        *lines, self._line = (self._line[-65536:] + data).split(b"\n")
        self._last.extend(line for line in lines if line.strip())

    def tail(self) -> str:
        """The last lines since the last heading, as text."""
        lines = [*self._last, self._line] if self._line.strip() else list(self._last)
        return "\n".join(line.decode("utf-8", "replace")[:2000] for line in lines)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
