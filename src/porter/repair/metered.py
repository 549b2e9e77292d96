"""A stranger's file, for a parser that believes all that the file says of itself."""

from __future__ import annotations

import os
from typing import IO

_TIMES = 4
_AT_LEAST = 16 << 20
"""Bytes. What reads a table here reads it twice at the most, and names that begin like others, or
stand for many symbols, are not many times as long as what refers to them."""


class Metered:
    """A binary stream of which no more is read than a multiple of its size.

    In a hostile file tables overlap, refer to themselves, or state any size: a kilobyte can ask
    for hours and for all memory. Whoever goes beyond gets a `ValueError`.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._size = stream.seek(0, os.SEEK_END)
        self._left = max(_TIMES * self._size, _AT_LEAST)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As of a file."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """As of a file."""
        return self._stream.tell()

    def read(self, size: int) -> bytes:
        """As of a file; raises `ValueError` when it is read too often."""
        # What a table states as its size may be more than there is memory for.
        data = self._stream.read(min(size, self._size))
        self.spend(len(data))
        return data

    def spend(self, count: int) -> None:
        """Count bytes that are taken again from what was read."""
        self._left -= count
        if self._left < 0:
            raise ValueError("its tables overlap, or refer to themselves")
