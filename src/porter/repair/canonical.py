"""One content, one file: a wheel's archive in the one form that its content has.

Build backends write members and RECORD lines in the order the file system tells, and times and
permissions as they find them. Two builds of the same content shall be the same bytes: then nothing
that depends on the wheel has to be built again (https://reproducible-builds.org/docs/archives/).
"""

from __future__ import annotations

import stat
import time
import zipfile
from pathlib import Path, PurePosixPath

_BLOCK = 1 << 20
_LEVEL = 6


def write_canonical(wheel: Path, out: Path, *, timestamp: int) -> None:
    """Write a checked wheel's content to `out`: sorted, with `timestamp` as the time of all files.

    The metadata folder comes last and RECORD at its end, as the wheel format recommends. RECORD's
    lines are sorted, other files are taken as they are. Of the permissions only that to execute is
    kept. `timestamp` is in seconds since 1970, and 1980 at the least.
    """
    date = time.gmtime(timestamp)[:6]
    with (
        zipfile.ZipFile(wheel) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as target,
    ):
        for member in sorted(_files(source), key=lambda member: _place(member.filename)):
            copy = zipfile.ZipInfo(member.filename, date)
            copy.compress_type = zipfile.ZIP_DEFLATED
            copy.create_system = 3  # Unix: permissions are in the upper half of external_attr
            executable = member.external_attr >> 16 & stat.S_IXUSR
            copy.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
            copy.file_size = member.file_size  # zipfile decides by it whether Zip64 is needed
            if _is_record(member.filename):
                target.writestr(copy, _sorted_lines(source.read(member)), compresslevel=_LEVEL)
                continue
            with source.open(member) as reader, target.open(copy, "w") as writer:
                while block := reader.read(_BLOCK):
                    writer.write(block)


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
