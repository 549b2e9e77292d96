"""The files in a source archive, tar or zip, read one after another and only so far.

The archive is hostile: nothing is unpacked to disk, and what it unpacks to, how many members it
has and how long their headers are is bounded.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from porter.index.coremetadata import MetadataError

MAX_UNPACKED = 2 << 30
"""Bytes a packed tar may unpack to, as far as it is read."""
MAX_RATIO = 200
"""How many times its own size it may unpack to (small ones: up to 64 MiB)."""
MAX_MEMBERS = 200_000
MAX_HEADERS = 1 << 20
"""Bytes a member's headers may take: long names, PAX records, the map of a sparse file."""

# zipfile unpacks what it is asked for at once, and bzip2 makes a thousand bytes of one.
_STEP = 4096

BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,  # gzip's and bz2's own
    ValueError,
    OverflowError,
    RuntimeError,  # zipfile's for encrypted members, and a recursion that tarfile is led into
    NotImplementedError,  # zipfile's for compression methods it lacks
)
"""What reading a damaged archive raises."""
_Info = TypeVar("_Info", tarfile.TarInfo, zipfile.ZipInfo)


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file in an archive."""

    name: str
    size: int
    modified: datetime | None
    """None where the archive has no time that could be."""
    _read: Callable[[int], bytes] = field(repr=False, compare=False)

    def read(self, most: int) -> bytes:
        """Up to so many of its first bytes: once, and before the next member is asked for.

        Raises `MetadataError` where they cannot be read.
        """
        with _told():
            return self._read(most)


def files_in(archive: Path) -> Iterator[Member]:
    """Its regular files, in its own order.

    Raises `MetadataError` for an archive that cannot be read or is past the bounds.
    """
    with _told():
        yield from (_zipped if archive.name.endswith(".zip") else _tarred)(archive)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except MetadataError:
        raise
    except BROKEN as error:
        raise MetadataError(f"it cannot be unpacked: {error}") from error


def _counted(infos: Iterable[_Info]) -> Iterator[_Info]:
    for count, info in enumerate(infos):
        if count == MAX_MEMBERS:
            raise MetadataError(f"it has more than {MAX_MEMBERS} members")
        yield info


def _zipped(path: Path) -> Iterator[Member]:
    with zipfile.ZipFile(path) as archive:
        for info in _counted(archive.infolist()):
            if not info.is_dir():
                modified = _time(partial(datetime, *info.date_time, tzinfo=UTC))
                read = partial(unzip, archive, info)
                yield Member(info.filename, info.file_size, modified, read)


def unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """Up to so many of a file's first bytes. Raises one of `BROKEN`."""
    data = bytearray()
    with archive.open(info) as file:
        while len(data) < most and (part := file.read(min(_STEP, most - len(data)))):
            data += part
    return bytes(data)


def _tarred(path: Path) -> Iterator[Member]:
    size = path.stat().st_size
    bound = max(size, min(MAX_UNPACKED, max(64 << 20, MAX_RATIO * size)))
    with _unpacked(path) as stream:
        tape = _Tape(stream, bound)
        with tarfile.open(fileobj=tape, mode="r:", errors="replace") as archive:
            for info in _counted(archive):
                archive.members.clear()  # type: ignore[attr-defined]  # else it keeps every one
                if info.isreg() and not info.issparse():
                    modified = _time(partial(datetime.fromtimestamp, info.mtime, UTC))
                    read = partial(tape.data, info.offset_data, info.size)
                    yield Member(info.name, info.size, modified, read)
                tape.next_member()


def _time(read: Callable[[], datetime]) -> datetime | None:
    try:
        return read().replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None


@contextmanager
def _unpacked(path: Path) -> Iterator[io.BufferedIOBase]:
    with path.open("rb") as file:
        magic = file.peek(6)[:6]
        if magic.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=file) as stream:
                yield stream
        elif magic.startswith(b"BZh"):
            with bz2.BZ2File(file) as packed:
                yield packed
        elif magic == b"\xfd7zXZ\x00":
            with lzma.LZMAFile(file) as compressed:
                yield compressed
        else:
            yield file


class _Tape(io.RawIOBase):
    """What tarfile sees of a tar: forward only, up to a bound, and so much of it for headers.

    tarfile seeks past a member's data and reads its headers whole, however long they say they are.
    """

    def __init__(self, stream: io.BufferedIOBase, bound: int) -> None:
        self._stream = stream
        self._bound = bound
        self.next_member()

    def next_member(self) -> None:
        self._headers = MAX_HEADERS

    def data(self, start: int, size: int, most: int) -> bytes:
        """Up to `most` bytes of a member's data."""
        self.seek(start)
        data = self._stream.read(min(size, most))
        if len(data) < min(size, most):
            raise EOFError("it ends amid a file")
        return data

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        self._headers -= size
        if size < 0 or self._headers < 0:
            raise MetadataError(f"a member's headers are longer than {MAX_HEADERS} bytes")
        return self._stream.read(size)

    def tell(self) -> int:
        return self._stream.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self.tell():
            raise MetadataError("its members lie over each other")
        if offset > self._bound:
            raise MetadataError("it unpacks to more than porter reads")
        return self._stream.seek(offset)
