"""Files on this machine: a folder of wheels and sdists, and simple indexes laid out as folders."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from packaging.utils import NormalizedName

from porter.errors import IndexUnavailable
from porter.index.atomic import write_whole
from porter.index.filenames import parse_filename
from porter.index.links import files_of
from porter.index.pages import PageError, parse_html
from porter.index.urls import path_of
from porter.model import File


class Digests:
    """The sha256 of local files, remembered as long as size, time and inode stay the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, path: Path) -> str:
        """The sha256 of a file, in hex."""
        status = path.stat()
        identity = (path.absolute(), status.st_size, status.st_mtime_ns, status.st_ino)
        kept = self._folder / hashlib.sha256(repr(identity).encode()).hexdigest()
        try:
            return kept.read_text(encoding="ascii")
        except FileNotFoundError:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            write_whole(kept, digest.encode())
            return digest


def folder_files(
    folder: Path, *, project: NormalizedName, index: str, digests: Digests
) -> tuple[File, ...]:
    """The files of a project in a folder; only these are hashed.

    Raises `porter.errors.IndexUnavailable` when the folder cannot be listed.
    """
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        raise IndexUnavailable(
            f"the folder {folder} cannot be listed: {error.strerror}",
            hint="Correct --find-links, or the find-links of pip's or uv's configuration.",
        ) from error
    files = (_local_file(path, project, index) for path in paths)
    return with_digests((file for file in files if file is not None), digests)


def simple_files(
    root: Path, *, project: NormalizedName, index: str, digests: Digests
) -> tuple[File, ...] | None:
    """The files of a project in a folder laid out as PEP 503; None where it is unknown there.

    ``root/PROJECT/index.html`` is read when it is there, else ``root/PROJECT`` is listed. Raises
    `porter.errors.IndexUnavailable` for a page that cannot be read.
    """
    folder = root / project
    page = folder / "index.html"
    if not folder.is_dir():
        return None
    if not page.is_file():
        return folder_files(folder, project=project, index=index, digests=digests)
    try:
        links = parse_html(page.read_bytes(), url=page.absolute().as_uri())
    except (OSError, PageError) as error:
        raise IndexUnavailable(f"{page} cannot be read: {error}") from error
    listing = files_of(links, project=project, index=index, base=page.absolute().as_uri())
    return with_digests(listing.files, digests)


def with_digests(files: Iterable[File], digests: Digests) -> tuple[File, ...]:
    """Give hashes and sizes to local files that have none; leave out those that are gone."""
    found = []
    for file in files:
        path = path_of(file.url)
        if path is None:
            found.append(file)
        elif path.is_file():
            found.append(_with_digest(file, path, digests))
    return tuple(found)


def _with_digest(file: File, path: Path, digests: Digests) -> File:
    try:
        return replace(file, sha256=file.sha256 or digests.of(path), size=path.stat().st_size)
    except OSError as error:
        raise IndexUnavailable(f"{path} cannot be read: {error.strerror}") from error


def _local_file(path: Path, project: NormalizedName, index: str) -> File | None:
    parsed = parse_filename(path.name, project)
    if parsed is None or not path.is_file():
        return None
    return File(
        index=index,
        filename=path.name,
        url=path.absolute().as_uri(),
        name=project,
        version=parsed.version,
        sha256=None,
        tags=parsed.tags,
        build=parsed.build,
    )
