"""The core metadata of an sdist, as far as it is final without running any of its code.

The rules, in order:

1. PKG-INFO of metadata 2.2 or newer whose dependencies are not dynamic (PEP 643).
2. The egg-info folder of the project that setuptools puts into its sdists (`porter.index.eggs`).
3. PKG-INFO of metadata 2.1 with ``Requires-Dist`` fields where pyproject.toml names a backend
   other than setuptools: poetry, flit and their like write there what will be in the wheel.
4. Where there is no PKG-INFO (a commit's tree): the ``project`` table of pyproject.toml, if it
   leaves neither the version nor dependencies to the backend (PEP 621: what it states is final).

The archive is hostile: it is read as a stream, never unpacked, and only so far.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import tomllib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from packaging.utils import NormalizedName, canonicalize_name

from porter.index.coremetadata import LIMIT, MetadataError, headers_of, is_final, metadata_version
from porter.index.eggs import metadata_of
from porter.index.projects import stated_metadata

MAX_UNPACKED = 2 << 30
"""Bytes an sdist may unpack to."""
MAX_RATIO = 200
"""How many times its own size it may unpack to (small ones: up to 64 MiB)."""

_WANTED = re.compile(
    r"(?:\./)?[^/]+/(?:PKG-INFO|pyproject\.toml"
    r"|(?:[^/]+/){0,2}[^/]+\.egg-info/(?:PKG-INFO|requires\.txt|SOURCES\.txt))"
)
_SETUPTOOLS_LIKE = ("setuptools", "skbuild", "numpy.distutils", "jupyter_packaging", "pbr")
_BROKEN = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,  # gzip's and bz2's own
    ValueError,
    RuntimeError,  # zipfile's for encrypted members
    NotImplementedError,  # and for compression methods it lacks
)


def sdist_metadata(path: Path, project: NormalizedName) -> bytes | None:
    """Final core metadata of an sdist, or None where only running it could tell.

    Raises `MetadataError` for an archive that cannot be read.
    """
    by_place = members_of(path)
    pkg_info = by_place.get(("PKG-INFO",))
    if pkg_info is not None and is_final(pkg_info):
        return pkg_info
    if egg := _egg_info(by_place, project):
        return metadata_of(egg)
    if pkg_info is not None and _written_by_backend(pkg_info, by_place.get(("pyproject.toml",))):
        return pkg_info
    return None if pkg_info is not None else stated_metadata(by_place.get(("pyproject.toml",)))


def members_of(path: Path) -> dict[tuple[str, ...], bytes]:
    """The files of a source archive that say what it is, by their place under its top folder.

    Raises `MetadataError` for an archive that cannot be read.
    """
    try:
        members = _read_members(path)
    except MetadataError:
        raise
    except _BROKEN as error:
        raise MetadataError(f"it cannot be unpacked: {error}") from error
    return {tuple(name.split("/")[1:]): data for name, data in members.items()}


def _egg_info(
    by_place: dict[tuple[str, ...], bytes], project: NormalizedName
) -> dict[str, bytes] | None:
    """The files of the project's own egg-info folder: of several, the one nearest to the top."""
    folders: dict[tuple[str, ...], dict[str, bytes]] = {}
    for place, data in by_place.items():
        if len(place) > 1 and place[-2].endswith(".egg-info"):
            folders.setdefault(place[:-1], {})[place[-1]] = data
    own = [
        folder
        for folder in sorted(folders, key=len)
        if canonicalize_name(folder[-1].removesuffix(".egg-info")) == project
    ]
    return folders[own[0]] if own else None


def _written_by_backend(pkg_info: bytes, pyproject: bytes | None) -> bool:
    headers = headers_of(pkg_info)
    if metadata_version(headers) < (2, 1) or "Requires-Dist" not in headers or pyproject is None:
        return False
    try:
        table = tomllib.loads(pyproject.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    system = table.get("build-system")
    if not isinstance(system, dict):
        return False
    backend = system.get("build-backend")
    # A backend inside the sdist (backend-path) may compute anything.
    return (
        isinstance(backend, str)
        and "backend-path" not in system
        and not backend.startswith(_SETUPTOOLS_LIKE)
    )


def _read_members(path: Path) -> dict[str, bytes]:
    """The few files that matter; reading stops at a PKG-INFO that settles the question."""
    found: dict[str, bytes] = {}
    bound = min(MAX_UNPACKED, max(64 << 20, MAX_RATIO * path.stat().st_size))
    members = _zip_members(path) if path.name.endswith(".zip") else _tar_members(path, bound)
    for name, data in members:
        found.setdefault(name, data)
        if name.count("/") == 1 and name.endswith("/PKG-INFO") and is_final(data):
            break
    return found


def _tar_members(path: Path, bound: int) -> Iterator[tuple[str, bytes]]:
    with _unpacked(path) as stream:
        bounded = _Bounded(stream, bound)
        # As a stream ("r|"), so that memory stays small whatever the archive claims.
        with tarfile.open(fileobj=bounded, mode="r|") as archive:
            for member in archive:
                if member.isreg() and _WANTED.fullmatch(member.name):
                    file = archive.extractfile(member)
                    if file is not None:
                        yield member.name.removeprefix("./"), _limited(file, member.name)


def _zip_members(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            if _WANTED.fullmatch(info.filename):
                with archive.open(info) as file:
                    yield info.filename.removeprefix("./"), _limited(file, info.filename)


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


def _limited(file: IO[bytes], name: str) -> bytes:
    data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise MetadataError(f"{name} in it is longer than {LIMIT} bytes")
    return data


class _Bounded(io.RawIOBase):
    """A stream that refuses to go past a number of bytes."""

    def __init__(self, stream: io.BufferedIOBase, bound: int) -> None:
        self._stream = stream
        self._left = bound

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(data)
        if self._left < 0:
            raise MetadataError("it unpacks to more than porter reads")
        return data
