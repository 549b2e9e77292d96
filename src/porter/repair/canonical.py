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
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_BLOCK = 1 << 20
_AHEAD = 64 << 20
"""Bytes of content that may be compressed before their turn to be written."""
_Date = tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Compressed:
    member: zipfile.ZipInfo
    data: list[bytes]


def write_canonical(wheel: Path, out: Path, *, timestamp: int) -> None:
    """Write a checked wheel's content to `out`: sorted, with `timestamp` as the time of all files.

    The metadata folder comes last and RECORD at its end, as the wheel format recommends. RECORD's
    lines are sorted, other files are taken as they are. Of the permissions only that to execute is
    kept. `timestamp` is in seconds since 1970, and 1980 at the least. Members are compressed on all
    cores beside each other.
    """
    date = time.gmtime(timestamp)[:6]
    with (
        zipfile.ZipFile(wheel) as source,
        zipfile.ZipFile(out, "w") as target,
        ThreadPoolExecutor() as pool,
    ):
        for compressed in _compressed_beside(pool, source, date):
            _append(target, compressed)


def _compressed_beside(
    pool: ThreadPoolExecutor, source: zipfile.ZipFile, date: _Date
) -> Iterator[_Compressed]:
    waiting: deque[Future[_Compressed]] = deque()
    ahead = 0
    for member in sorted(_files(source), key=lambda member: _place(member.filename)):
        waiting.append(pool.submit(_compress, source, member, date))
        ahead += member.file_size
        while waiting and ahead > _AHEAD:
            first = waiting.popleft().result()
            ahead -= first.member.file_size
            yield first
    while waiting:
        yield waiting.popleft().result()


def _compress(source: zipfile.ZipFile, member: zipfile.ZipInfo, date: _Date) -> _Compressed:
    made = zipfile.ZipInfo(member.filename, date)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.create_system = 3  # Unix: permissions are in the upper half of external_attr
    executable = member.external_attr >> 16 & stat.S_IXUSR
    made.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    made.CRC = 0
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)  # without a header, as in all zip archives
    data = []
    for block in _blocks(source, member):
        made.CRC = zlib.crc32(block, made.CRC)
        made.file_size += len(block)
        data.append(deflate.compress(block))
    data.append(deflate.flush())
    made.compress_size = sum(map(len, data))
    return _Compressed(made, data)


def _blocks(source: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    if _is_record(member.filename):
        yield _sorted_lines(source.read(member))
        return
    with source.open(member) as reader:
        while block := reader.read(_BLOCK):
            yield block


def _append(target: zipfile.ZipFile, compressed: _Compressed) -> None:
    """Write what is compressed already, for which `zipfile` has no method of its own."""
    assert target.fp is not None  # noqa: S101 - it is open
    compressed.member.header_offset = target.start_dir
    target.fp.write(compressed.member.FileHeader())
    target.fp.writelines(compressed.data)
    target.filelist.append(compressed.member)
    target.start_dir = target.fp.tell()


def _files(source: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    return [member for member in source.infolist() if not member.is_dir()]


def _place(name: str) -> tuple[bool, bool, str]:
    folder = PurePosixPath(name).parts[0]
    return folder.endswith(".dist-info"), _is_record(name), name


def _is_record(name: str) -> bool:
    path = PurePosixPath(name)
    return len(path.parts) == 2 and path.parts[0].endswith(".dist-info") and path.name == "RECORD"


def _sorted_lines(record: bytes) -> bytes:
    """RECORD with its lines sorted; a quoted line break keeps a field whole, so none is split."""
    lines = record.replace(b"\r\n", b"\n").splitlines()
    if any(line.count(b'"') % 2 for line in lines):
        return record
    return b"".join(line + b"\n" for line in sorted(filter(None, lines)))
