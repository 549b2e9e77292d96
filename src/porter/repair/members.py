"""The members of a wheel's archive: looked at, and changed between two steps of its repair."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from copy import copy as twin_of
from pathlib import Path

from porter.repair.elf import Machine

_HEADER = 20
"""Bytes of an ELF file that tell its machine."""


def machine_of(archive: zipfile.ZipFile, name: str) -> Machine | None:
    """The one a member is for; None when it is no ELF file."""
    with archive.open(name) as stream:
        return Machine.of_header(stream.read(_HEADER))


def copy_with(
    archive: zipfile.ZipFile,
    copy: Path,
    changed: Mapping[str, bytes],
    renamed: Mapping[str, str] | None = None,
) -> None:
    """Write the archive to `copy`, with other content or names for some members, by their names.

    RECORD is as it was: whoever publishes the wheel writes a new one. Nothing is compressed, since
    the copy is read once.
    """
    with zipfile.ZipFile(copy, "w") as target:
        for member in archive.infolist():
            name = member.filename
            data = changed[name] if name in changed else archive.read(member)
            twin = twin_of(member)
            twin.filename = (renamed or {}).get(name, name)
            target.writestr(twin, data, zipfile.ZIP_STORED)
