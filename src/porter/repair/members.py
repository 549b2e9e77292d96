"""The members of a wheel's archive: looked at, and changed between two steps of its repair."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Container, Mapping
from copy import copy as twin_of
from pathlib import Path
from types import MappingProxyType
from typing import Any

from porter.environment import WheelContents
from porter.repair.elf import Machine

_HEADER = 20
"""Bytes of an ELF file that tell its machine."""
_NONE: Mapping[str, Any] = MappingProxyType({})


def machine_of(archive: zipfile.ZipFile, name: str) -> Machine | None:
    """The one a member is for; None when it is no ELF file."""
    with archive.open(name) as stream:
        return Machine.of_header(stream.read(_HEADER))


def copy_with(
    archive: zipfile.ZipFile,
    contents: WheelContents,
    copy: Path,
    *,
    changed: Mapping[str, bytes] = _NONE,
    renamed: Mapping[str, str] = _NONE,
    only: Callable[[str], bool] | None = None,
) -> None:
    """Write a checked wheel to `copy`, with other content or names for some files, or some `only`.

    By their names; RECORD is not among them, and tells of what is in the copy. Nothing is
    compressed, since the copy is read once.
    """
    record = f"{contents.dist_info}/RECORD"
    kept = {name for name in contents.names if only is None or name == record or only(name)}
    lines = record_lines(archive.read(record), kept, changed, renamed)
    now = {**changed, record: lines}
    with zipfile.ZipFile(copy, "w") as target:
        for name in filter(kept.__contains__, contents.names):
            twin = twin_of(archive.getinfo(name))
            twin.filename = renamed.get(name, name)
            data = now[name] if name in now else archive.read(name)
            target.writestr(twin, data, zipfile.ZIP_STORED)


def record_lines(
    record: bytes,
    kept: Container[str],
    changed: Mapping[str, bytes] = _NONE,
    renamed: Mapping[str, str] = _NONE,
) -> bytes:
    """The lines of RECORD that tell of the files `kept`, by the content and names they have now.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for name, *told in filter(None, csv.reader(io.StringIO(record.decode(), newline=""))):
        if name in kept:
            now = _told(changed[name]) if name in changed else told
            writer.writerow([renamed.get(name, name), *now])
    return text.getvalue().encode()


def _told(content: bytes) -> list[str]:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    return [f"sha256={digest}", str(len(content))]
