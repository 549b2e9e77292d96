"""The names of the files in a wheel: its table of contents, by ranges where the server allows."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import IO

from porter.errors import StepFailed
from porter.index.archives import BROKEN
from porter.index.atomic import write_whole
from porter.index.coremetadata import MetadataError
from porter.index.download import Downloads
from porter.index.http import Http
from porter.index.metadata import SMALL
from porter.index.urls import path_of
from porter.index.wheels import RangesRefused, open_remote
from porter.model import File


class ContentsReader:
    """Lists wheels, and keeps the lists. Thread-safe."""

    def __init__(self, http: Http, downloads: Downloads, folder: Path) -> None:
        self._http = http
        self._downloads = downloads
        self._folder = folder

    def read(self, file: File) -> tuple[str, ...] | None:
        """The names, in the archive's order; None for what cannot be read as a wheel.

        None too for a large one whose server does not give out parts. Raises
        `porter.errors.IndexUnavailable`.
        """
        kept = None if file.sha256 is None else self._folder / f"{file.sha256}.json"
        if kept is not None and kept.is_file():
            return tuple(json.loads(kept.read_bytes()))
        try:
            names = self._names(file)
        except (MetadataError, StepFailed):
            return None
        if kept is not None and names is not None:
            write_whole(kept, json.dumps(names).encode())
        return names

    def _names(self, file: File) -> tuple[str, ...] | None:
        if path_of(file.url) is None:
            try:
                with open_remote(self._http, file) as archive:
                    return _listed(archive)
            except RangesRefused:
                if (file.size or 0) > SMALL:
                    return None
        with self._downloads.fetch(file).open("rb") as archive:
            return _listed(archive)


def _listed(archive: IO[bytes]) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(archive) as wheel:
            return tuple(name for name in wheel.namelist() if not name.endswith("/"))
    except BROKEN as error:
        raise MetadataError(f"it cannot be read as a wheel: {error}") from error
