"""Core metadata of wheels and sdists, with as few bytes as the index allows, kept for ever.

A wheel: the metadata file beside it (PEP 658; asked for even where the index does not announce
it, since some leave the announcement out), else the wheel's own table of contents and METADATA by
ranges, else, when it is small, the whole wheel. An sdist: `porter.index.sdists`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from porter.errors import IndexUnavailable, StepFailed
from porter.index.atomic import write_whole
from porter.index.coremetadata import LIMIT, MetadataError, check_identity
from porter.index.download import Downloads
from porter.index.http import Http, Offline, TooLarge, Unreachable
from porter.index.sdists import sdist_metadata
from porter.index.urls import path_of, with_suffix
from porter.index.wheels import RangesRefused, open_remote, wheel_metadata
from porter.model import File

SMALL = 64 << 20
"""Bytes of a wheel that is downloaded for its metadata alone."""

_NOTHING = b""
"""Kept for an sdist that was read and does not tell."""


class MetadataReader:
    """Answers `porter.index.protocol.IndexClient.metadata`. Thread-safe."""

    def __init__(
        self, http: Http, downloads: Downloads, folder: Path, *, notice: Callable[[str], None]
    ) -> None:
        self._http = http
        self._downloads = downloads
        self._folder = folder
        self._notice = notice

    def read(self, file: File) -> bytes | None:
        """The metadata of a file, from the cache or from the index."""
        kept = self._kept(file)
        try:
            if kept is not None and kept.is_file():
                return kept.read_bytes() or None
            found = self._wheel(file) if file.is_wheel else self._sdist(file)
            if found is not None:
                check_identity(found, file)
        except MetadataError as error:
            self._notice(f"{file.filename} is left out of account: {error}")
            return None
        if kept is not None and (found is not None or not file.is_wheel):
            write_whole(kept, found or _NOTHING)
        return found

    def _kept(self, file: File) -> Path | None:
        """Its place in the cache; the file name counts, since the identity check depends on it."""
        if file.sha256 is None:
            return None
        return self._folder / file.sha256[:2] / file.sha256[2:] / f"{file.filename}.metadata"

    def _wheel(self, file: File) -> bytes | None:
        local = path_of(file.url)
        if local is not None or file.direct:
            return self._whole(file)
        if (beside := self._beside(file)) is not None:
            return beside
        try:
            with open_remote(self._http, file) as archive:
                return wheel_metadata(archive, file)
        except RangesRefused:
            return self._whole(file) if (file.size or 0) <= SMALL else None

    def _beside(self, file: File) -> bytes | None:
        """The metadata file beside a wheel, or None where it is of no use: the wheel itself may be.

        Some servers refuse what is not there, or answer to every address with a page of theirs.
        """
        try:
            reply = self._http.get(with_suffix(file.url, ".metadata"), limit=LIMIT)
        except (Unreachable, Offline):
            raise
        except (IndexUnavailable, TooLarge):
            return None
        if reply.status != 200:
            return None
        found = hashlib.sha256(reply.body).hexdigest()
        if file.metadata_sha256 not in (None, found):
            self._notice(
                f"{file.filename}: the metadata file beside it has another hash than the index "
                f"lists ({found} for {file.metadata_sha256}); reading the wheel itself"
            )
            return None
        try:
            check_identity(reply.body, file)
        except MetadataError:
            return None
        return reply.body

    def _whole(self, file: File) -> bytes | None:
        path = self._download(file)
        if path is None:
            return None
        with path.open("rb") as archive:
            return wheel_metadata(archive, file)

    def _sdist(self, file: File) -> bytes | None:
        path = self._download(file)
        return None if path is None else sdist_metadata(path, file.name)

    def _download(self, file: File) -> Path | None:
        """None for a file that is not what the index lists: fetching it will fail for good."""
        try:
            return self._downloads.fetch(file)
        except StepFailed as error:
            raise MetadataError(f"{error.reason} ({error.context})") from error
