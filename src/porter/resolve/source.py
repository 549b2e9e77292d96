"""What a source asks for before it can be built: the ``build-system`` table (PEP 517, 518).

The sdist is hostile until proven otherwise: nothing is unpacked to disk, and what is read is
bounded.
"""

from __future__ import annotations

import tarfile
import tomllib
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_REQUIRES = ("setuptools>=40.8.0", "wheel")
"""What PEP 517 front ends take for a source without a ``build-system`` table."""
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"

# The largest pyproject.toml seen in the wild has some 100 kB.
_LARGEST = 4 * 1024 * 1024
# A tar has no directory: members are read one after another until pyproject.toml comes.
_MOST_MEMBERS = 200_000


class SourceError(Exception):
    """A source whose build requirements cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """A ``build-system`` table."""

    requires: tuple[str, ...] = DEFAULT_REQUIRES
    backend: str = DEFAULT_BACKEND
    backend_path: tuple[str, ...] = ()

    @property
    def is_setuptools(self) -> bool:
        """Whether setuptools' own backend builds it."""
        return not self.backend_path and self.backend.partition(":")[0] == "setuptools.build_meta"


def read_build_system(sdist: Path) -> BuildSystem:
    """Read the table out of an sdist (tar of any compression, or zip).

    A source without the table has the defaults of PEP 517. Raises `SourceError` for an archive
    or a table that cannot be read.
    """
    try:
        data = _pyproject(sdist)
    except (OSError, EOFError, tarfile.TarError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"{sdist.name} cannot be read: {error}") from error
    if data is None:
        return BuildSystem()
    try:
        document = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceError(f"pyproject.toml in {sdist.name} is not valid: {error}") from error
    return _table(document, sdist.name)


def _table(document: dict[str, Any], filename: str) -> BuildSystem:
    table = document.get("build-system")
    if table is None:
        return BuildSystem()
    where = f"pyproject.toml in {filename}"
    if not isinstance(table, dict) or not _is_strings(table.get("requires")):
        raise SourceError(f"{where}: build-system.requires is not a list of strings")
    backend = table.get("build-backend", DEFAULT_BACKEND)
    backend_path = table.get("backend-path", [])
    if not isinstance(backend, str) or not _is_strings(backend_path):
        raise SourceError(f"{where}: build-backend or backend-path has the wrong type")
    return BuildSystem(tuple(table["requires"]), backend, tuple(backend_path))


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _pyproject(sdist: Path) -> bytes | None:
    return _from_zip(sdist) if sdist.suffix == ".zip" else _from_tar(sdist)


def _from_zip(sdist: Path) -> bytes | None:
    with zipfile.ZipFile(sdist) as archive:
        for member in archive.infolist():
            if _is_pyproject(member.filename):
                _refuse_large(member.file_size, sdist.name)
                with archive.open(member) as file:
                    return file.read(_LARGEST)
    return None


def _from_tar(sdist: Path) -> bytes | None:
    with tarfile.open(sdist, mode="r|*") as archive:
        for count, member in enumerate(archive):
            if count > _MOST_MEMBERS:
                raise SourceError(f"{sdist.name} has more than {_MOST_MEMBERS} members")
            if _is_pyproject(member.name) and member.isfile():
                _refuse_large(member.size, sdist.name)
                file = archive.extractfile(member)
                return None if file is None else file.read(_LARGEST)
    return None


def _is_pyproject(path: str) -> bool:
    parts = path.removeprefix("./").split("/")
    return len(parts) == 2 and parts[1] == "pyproject.toml"


def _refuse_large(size: int, filename: str) -> None:
    if size > _LARGEST:
        raise SourceError(f"pyproject.toml in {filename} has {size} bytes, more than {_LARGEST}")
