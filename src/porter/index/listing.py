"""A project's page as porter keeps it: its files by release, made into `File` when asked for.

A page of a popular project names thousands of files, of which a plan looks at a few releases'.
So when it comes it is only sorted by release; what is kept holds one still encoded part for each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.filenames import read_version
from porter.index.links import Link, files_of, releases_of
from porter.index.protocol import Releases
from porter.model import File

LISTING = "application/x-porter-listing-2"
"""The content type of a page in this form; the number changes with `Link`."""

_Listing = list[tuple[str, msgspec.Raw]]


def encode_listing(links: Iterable[Link], *, project: NormalizedName, base: str) -> bytes:
    """The links of a page at `base` as a listing of one project."""
    encode = msgspec.msgpack.encode
    releases = releases_of(links, project=project, base=base)
    return encode([(str(v), msgspec.Raw(encode(group))) for v, group in releases.items()])


class Listed(Mapping[Version, tuple[File, ...]]):
    """The releases of a listing. Raises `msgspec.DecodeError` for one that is damaged."""

    def __init__(self, listing: bytes, *, project: NormalizedName, index: str, base: str) -> None:
        parts = msgspec.msgpack.decode(listing, type=_Listing)
        self._parts = {read_version(version): part for version, part in parts}
        self._project = project
        self._index = index
        self._base = base

    def __getitem__(self, version: Version) -> tuple[File, ...]:
        links = msgspec.msgpack.decode(self._parts[version], type=list[Link])
        return files_of(links, project=self._project, index=self._index, base=self._base).files

    def __iter__(self) -> Iterator[Version]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)


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
