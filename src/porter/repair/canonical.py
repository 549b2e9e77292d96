"""One content, one file: a wheel's archive in the one form that its content has.

Build backends write members and RECORD lines in the order the file system tells, and times and
permissions as they find them. Two builds of the same content shall be the same bytes: then nothing
that depends on the wheel has to be built again (https://reproducible-builds.org/docs/archives/).
"""

from __future__ import annotations

import stat
import time
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from porter.repair.members import record_lines

_BLOCK = 1 << 20
_AHEAD = 64 << 20
"""Bytes of content that may be compressed before their turn to be written."""
_Date = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class _File:
    archive: zipfile.ZipFile
    member: zipfile.ZipInfo
    content: bytes | None = None
    """In the place of what is in the archive."""

    @property
    def name(self) -> str:
        return self.member.filename

    @property
    def is_metadata(self) -> bool:
        return PurePosixPath(self.name).parts[0].endswith(".dist-info")

    @property
    def is_record(self) -> bool:
        parts = PurePosixPath(self.name).parts
        return self.is_metadata and parts[1:] == ("RECORD",)

    @property
    def size(self) -> int:
        return self.member.file_size

    def read(self) -> bytes:
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        if self.content is not None:
            yield self.content
            return
        with self.archive.open(self.member) as reader:
            while block := reader.read(_BLOCK):
                yield block


@dataclass(frozen=True, slots=True)
class _Compressed:
    member: zipfile.ZipInfo
    data: list[bytes]


def write_canonical(wheel: Path, out: Path, *, timestamp: int, rest: Path | None = None) -> None:
    """Write a checked wheel's content to `out`: sorted, with `timestamp` as the time of all files.

    The metadata folder comes last and RECORD at its end, as the wheel format recommends. RECORD's
    lines are sorted, other files are taken as they are. Of the permissions only that to execute is
    kept. `timestamp` is in seconds since 1970, and 1980 at the least. Where `wheel` is a part of a
    wheel, `rest` is the whole: files outside of its metadata folder that the part has not are taken
    from there. Members are compressed on all cores beside each other.
    """
    date = time.gmtime(timestamp)[:6]
    with ExitStack() as stack:
        files = _files(stack.enter_context(zipfile.ZipFile(wheel)))
        if rest is not None:
            files = _joined(files, _files(stack.enter_context(zipfile.ZipFile(rest))))
        target = stack.enter_context(zipfile.ZipFile(out, "w"))
        pool = stack.enter_context(ThreadPoolExecutor())
        for compressed in _compressed_beside(pool, sorted(files, key=_place), date):
            _append(target, compressed)


def _files(archive: zipfile.ZipFile) -> list[_File]:
    members = (member for member in archive.infolist() if not member.is_dir())
    files = [_File(archive, member) for member in members]
    return [replace(f, content=_sorted(f.read())) if f.is_record else f for f in files]


def _joined(part: list[_File], whole: list[_File]) -> list[_File]:
    there = {file.name for file in part}
    rest = {file.name: file for file in whole if file.name not in there and not file.is_metadata}
    record = b"".join(file.read() for file in whole if file.is_record)
    added = record_lines(record, rest)
    own = (replace(f, content=_sorted(f.read() + added)) if f.is_record else f for f in part)
    return [*own, *rest.values()]


def _compressed_beside(
    pool: ThreadPoolExecutor, files: Iterable[_File], date: _Date
) -> Iterator[_Compressed]:
    waiting: deque[Future[_Compressed]] = deque()
    ahead = 0
    for file in files:
        waiting.append(pool.submit(_compress, file, date))
        ahead += file.size
        while waiting and ahead > _AHEAD:
            first = waiting.popleft().result()
            ahead -= first.member.file_size
            yield first
    while waiting:
        yield waiting.popleft().result()


def _compress(file: _File, date: _Date) -> _Compressed:
    made = zipfile.ZipInfo(file.name, date)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = 3  # Unix: permissions are in the upper half of external_attr
    executable = file.member.external_attr >> 16 & stat.S_IXUSR
    made.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    made.CRC = 0
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)  # without a header, as in all zip archives
    data = []
    for block in file.blocks():
        made.CRC = zlib.crc32(block, made.CRC)
        made.file_size += len(block)
        data.append(deflate.compress(block))
    data.append(deflate.flush())
    made.compress_size = sum(map(len, data))
    return _Compressed(made, data)


def _append(target: zipfile.ZipFile, compressed: _Compressed) -> None:
    """Write what is compressed already, for which `zipfile` has no method of its own."""
    assert target.fp is not None  # noqa: S101 - it is open
    compressed.member.header_offset = target.start_dir
    target.fp.write(compressed.member.FileHeader())
    target.fp.writelines(compressed.data)
    target.filelist.append(compressed.member)
    target.start_dir = target.fp.tell()


def _place(file: _File) -> tuple[bool, bool, str]:
    return file.is_metadata, file.is_record, file.name


def _sorted(record: bytes) -> bytes:
    """RECORD with its lines sorted; a quoted line break keeps a field whole, so none is split."""
    lines = record.replace(b"\r\n", b"\n").splitlines()
    if any(line.count(b'"') % 2 for line in lines):
        return record
    return b"".join(line + b"\n" for line in sorted(filter(None, lines)))
