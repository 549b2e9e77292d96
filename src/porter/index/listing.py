"""A project's page as porter keeps it: its files by release, made into `File` when asked for.

A page of a popular project names thousands of files, of which a plan looks at a few releases'.
So the page is read once, when it comes; what is kept holds one still encoded part per release.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.filenames import parse_filename, read_version
from porter.index.links import read_specifier
from porter.index.protocol import Releases, by_release
from porter.model import File

LISTING = "application/x-porter-listing-1"
"""The content type of a page in this form; the number changes with `_Row`."""


class _Row(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a `File` is made from; the rest follows from the file's name."""

    filename: str
    url: str
    sha256: str | None
    size: int | None
    upload_time: datetime | None
    requires_python: str | None
    yanked: str | None
    metadata_sha256: str | None


_Listing = list[tuple[str, msgspec.Raw]]


def encode_listing(files: Iterable[File]) -> bytes:
    """The files of one project as a listing."""
    encode = msgspec.msgpack.encode
    return encode(
        [
            (str(version), msgspec.Raw(encode([_row(file) for file in group])))
            for version, group in by_release(files).items()
        ]
    )


def _row(file: File) -> _Row:
    return _Row(
        filename=file.filename,
        url=file.url,
        sha256=file.sha256,
        size=file.size,
        upload_time=file.upload_time,
        requires_python=None if file.requires_python is None else str(file.requires_python),
        yanked=file.yanked,
        metadata_sha256=file.metadata_sha256,
    )


class Listed(Mapping[Version, tuple[File, ...]]):
    """The releases of a listing. Raises `msgspec.DecodeError` for one that is damaged."""

    def __init__(self, listing: bytes, *, project: NormalizedName, index: str) -> None:
        parts = msgspec.msgpack.decode(listing, type=_Listing)
        self._parts = {read_version(version): part for version, part in parts}
        self._project = project
        self._index = index

    def __getitem__(self, version: Version) -> tuple[File, ...]:
        rows = msgspec.msgpack.decode(self._parts[version], type=list[_Row])
        return tuple(file for row in rows if (file := self._file(row)) is not None)

    def __iter__(self) -> Iterator[Version]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def _file(self, row: _Row) -> File | None:
        parsed = parse_filename(row.filename, self._project)
        if parsed is None:
            return None
        return File(
            index=self._index,
            filename=row.filename,
            url=row.url,
            name=self._project,
            version=parsed.version,
            sha256=row.sha256,
            size=row.size,
            upload_time=row.upload_time,
            requires_python=read_specifier(row.requires_python),
            yanked=row.yanked,
            tags=parsed.tags,
            build=parsed.build,
            metadata_sha256=row.metadata_sha256,
        )


class Merged(Mapping[Version, tuple[File, ...]]):
    """Releases of one project from several places, the first place before the others.

    A file that two places have is the first one's; of the same name with another hash, both stay.
    """

    def __init__(self, places: Iterable[Releases]) -> None:
        self._places = tuple(places)
        self._versions = dict.fromkeys(version for place in self._places for version in place)

    def __getitem__(self, version: Version) -> tuple[File, ...]:
        found: dict[tuple[str, str | None], File] = {}
        for place in self._places:
            for file in place.get(version, ()):
                found.setdefault((file.filename, file.sha256), file)
        if not found:
            raise KeyError(version)
        return tuple(found.values())

    def __iter__(self) -> Iterator[Version]:
        return iter(self._versions)

    def __len__(self) -> int:
        return len(self._versions)
