"""The METADATA file of a wheel, out of the wheel itself: on disk, or over HTTP by ranges."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import IO

from packaging.utils import canonicalize_name

from porter.index.archives import BROKEN, unzip
from porter.index.coremetadata import LIMIT, MetadataError
from porter.index.http import Http, TooLarge
from porter.model import File

TAIL = 64 << 10
"""Bytes read first: with most wheels they hold the table of contents and METADATA."""
BUDGET = 32 << 20
"""Bytes read by ranges from one wheel at most."""

_METADATA = re.compile(r"([^/]+)-[^/-]+\.dist-info/METADATA")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")


class RangesRefused(Exception):
    """The server does not give out parts of a file."""


def wheel_metadata(archive: IO[bytes], file: File) -> bytes:
    """METADATA out of an open wheel; raise `MetadataError` where there is none of use."""
    try:
        with zipfile.ZipFile(archive) as wheel:
            data = unzip(wheel, _member(wheel, file), LIMIT + 1)
    except MetadataError:
        raise
    except BROKEN as error:
        raise MetadataError(f"it cannot be read as a wheel: {error}") from error
    if len(data) > LIMIT:
        raise MetadataError(f"its METADATA is longer than {LIMIT} bytes")
    return data


def _member(wheel: zipfile.ZipFile, file: File) -> zipfile.ZipInfo:
    for info in wheel.infolist():
        match = _METADATA.fullmatch(info.filename)
        if match and canonicalize_name(match[1]) == file.name:
            return info
    raise MetadataError("it has no METADATA")


def open_remote(http: Http, file: File) -> IO[bytes]:
    """A wheel on a server as a file; raise `RangesRefused` when the server cannot do that."""
    start, data, total = _first(http, file)

    def fetch(begin: int, end: int) -> bytes:
        return _range(http, file.url, f"{begin}-{end - 1}", length=end - begin)[1]

    return io.BufferedReader(_Ranged(fetch, total, start, data), buffer_size=TAIL)


def _first(http: Http, file: File) -> tuple[int, bytes, int]:
    if file.size:
        start = max(0, file.size - TAIL)
        return _range(http, file.url, f"{start}-{file.size - 1}", length=file.size - start)
    return _range(http, file.url, f"-{TAIL}", length=TAIL)


def _range(http: Http, url: str, spec: str, *, length: int) -> tuple[int, bytes, int]:
    """Where the part begins, the part, and how long the whole is."""
    headers = {"Range": f"bytes={spec}", "Accept-Encoding": "identity"}
    try:
        reply = http.get(url, headers=headers, limit=length)
    except TooLarge:  # the server sends the whole
        raise RangesRefused from None
    match = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
    if reply.status != 206 or match is None:
        raise RangesRefused
    start, last, total = map(int, match.groups())
    if len(reply.body) != last - start + 1 or not spec.startswith((f"{start}-", "-")):
        raise RangesRefused
    return start, reply.body, total


class _Ranged(io.RawIOBase):
    """A file whose end is at hand and whose other parts are fetched when they are read."""

    def __init__(
        self, fetch: Callable[[int, int], bytes], size: int, start: int, tail: bytes
    ) -> None:
        self._fetch = fetch
        self._size = size
        self._tail_start = start
        self._tail = tail
        self._place = 0
        self._left = BUDGET

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("before the beginning")
        self._place = start + offset
        return self._place

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase: any buffer
        data = self._part(self._place, min(self._place + len(buffer), self._size))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)

    def _part(self, begin: int, end: int) -> bytes:
        if begin >= end:
            return b""
        if begin >= self._tail_start:
            return self._tail[begin - self._tail_start : end - self._tail_start]
        end = min(end, self._tail_start)
        self._left -= end - begin
        if self._left < 0:
            raise MetadataError("reading it by ranges takes too much")
        return self._fetch(begin, end)
