"""Finds the file that a direct reference names, and locks it by its hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import UsageError
from porter.index.atomic import write_whole
from porter.index.digest import sha256_of
from porter.index.protocol import Located
from porter.index.reference import Reference
from porter.index.urls import path_of
from porter.model import DIRECT, File

# Part of what archives of commits are remembered by; raised when porter writes them differently.
_FORM = 1
_LINE = re.compile(r"(?P<revision>\S*) (?P<sha256>[0-9a-f]{64})\n")


class FileLocator:
    """Answers `porter.index.protocol.Locator` over a git and a way to download.

    What a reference without a hash gave is remembered in `folder`: a commit's for good, any other's
    for the times when nobody can be asked.
    """

    def __init__(
        self,
        folder: Path,
        *,
        offline: bool,
        commit: Callable[[Reference], str],
        download: Callable[[File], Path],
    ) -> None:
        self._folder = folder
        self._offline = offline
        self._commit = commit
        self._download = download

    def locate(self, reference: Reference) -> Located:
        """See `porter.index.protocol.Locator`."""
        local = path_of(reference.url)
        if local is not None and not local.is_file():
            raise UsageError(f"there is no file {local}")
        locked = self._locked(reference)
        path = self._download(_file(locked))
        found = replace(locked, sha256=locked.sha256 or sha256_of(path))
        for asked in {reference, replace(locked, sha256=reference.sha256)}:
            if asked.sha256 is None:
                write_whole(self._place(asked), f"{found.revision} {found.sha256}\n".encode())
        return Located(found, path)

    def _locked(self, reference: Reference) -> Reference:
        """The reference with its commit, and with its hash where that is known."""
        if reference.sha256 is not None:
            return reference
        if self._offline and (known := self._remembered(reference)):
            return known
        if not reference.is_git:
            return reference
        exact = replace(reference, revision=self._commit(reference))
        return self._remembered(exact) or exact

    def _remembered(self, reference: Reference) -> Reference | None:
        try:
            match = _LINE.fullmatch(self._place(reference).read_text(encoding="ascii"))
        except FileNotFoundError:
            return None
        if match is None:
            return None
        return replace(reference, revision=match["revision"], sha256=match["sha256"])

    def _place(self, reference: Reference) -> Path:
        return self._folder / hashlib.sha256(f"{_FORM} {reference}".encode()).hexdigest()


def _file(reference: Reference) -> File:
    """The file to download; what it is a release of is not known yet."""
    return File(
        index=DIRECT,
        filename=reference.filename,
        url=str(reference),
        name=NormalizedName("unknown"),
        version=Version("0"),
        sha256=reference.sha256,
        direct=True,
    )
