"""The wheels of a folder as an index has to tell of them, read again when they change."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename
from packaging.version import Version

from porter.index.coremetadata import MetadataError, headers_of
from porter.index.wheels import wheel_metadata
from porter.model import File

_LOOK = 1.0
"""Seconds after which a folder is looked at again even if its own time stands still."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A wheel in the folder, before anybody has read it."""

    filename: str
    name: NormalizedName
    version: Version
    size: int
    modified: int
    """Nanoseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """What an index tells of a wheel."""

    entry: Entry
    sha256: str
    metadata: bytes
    metadata_sha256: str
    requires_python: str | None


Projects = Mapping[NormalizedName, tuple[Entry, ...]]


class Shelf:
    """Plain files of a folder whose names are those of wheels. Links are not followed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._projects: Projects = {}
        self._changed = -1
        self._looked = float("-inf")
        self._wheels: dict[Entry, Wheel | None] = {}

    def projects(self) -> Projects:
        """The wheels by project, each project's by version; the same object until they change."""
        now = time.monotonic()
        changed = self._folder_time()
        if changed != self._changed or now - self._looked > _LOOK:
            self._changed, self._looked = changed, now
            found = self._scan()
            if found != self._projects:
                self._projects = MappingProxyType(found)
                known = {entry for entries in found.values() for entry in entries}
                self._wheels = {e: wheel for e, wheel in self._wheels.items() if e in known}
        return self._projects

    def wheel(self, entry: Entry) -> Wheel | None:
        """What a wheel holds; None for one that cannot be read. Reads all of it the first time."""
        if entry not in self._wheels:
            self._wheels[entry] = self._read(entry)
        return self._wheels[entry]

    def path(self, entry: Entry) -> Path | None:
        """Where the wheel is, if it is still what the entry tells."""
        return self.folder / entry.filename if self._stat(entry.filename) == entry else None

    def _folder_time(self) -> int:
        try:
            return self.folder.stat().st_mtime_ns
        except OSError:
            return 0

    def _scan(self) -> dict[NormalizedName, tuple[Entry, ...]]:
        projects: dict[NormalizedName, list[Entry]] = {}
        for entry in self._entries():
            projects.setdefault(entry.name, []).append(entry)
        return {
            name: tuple(sorted(projects[name], key=lambda entry: (entry.version, entry.filename)))
            for name in sorted(projects)
        }

    def _entries(self) -> Iterator[Entry]:
        try:
            names = os.listdir(self.folder)  # noqa: PTH208  # names are all that is wanted
        except OSError:  # there is none yet: nothing has been built
            return
        for filename in names:
            entry = self._stat(filename) if filename.endswith(".whl") else None
            if entry is not None:
                yield entry

    def _stat(self, filename: str) -> Entry | None:
        try:
            name, version, _, _ = parse_wheel_filename(filename)
            found = (self.folder / filename).lstat()
        except (InvalidWheelFilename, OSError):
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        return Entry(filename, name, version, found.st_size, found.st_mtime_ns)

    def _read(self, entry: Entry) -> Wheel | None:
        file = File("wheelhouse", entry.filename, "", entry.name, entry.version, None)
        try:
            descriptor = os.open(self.folder / entry.filename, os.O_RDONLY | os.O_NOFOLLOW)
            with os.fdopen(descriptor, "rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
                stream.seek(0)
                metadata = wheel_metadata(stream, file)
        except (OSError, MetadataError):
            return None
        requires = headers_of(metadata).get("Requires-Python")
        return Wheel(
            entry,
            sha256,
            metadata,
            hashlib.sha256(metadata).hexdigest(),
            " ".join(str(requires).split()) if requires else None,
        )
