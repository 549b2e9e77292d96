"""The index, asked once for each thing and remembered for the length of one plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.digest import sha256_of
from porter.index.protocol import IndexClient, Releases
from porter.model import Artifact, File
from porter.resolve.metadata import Metadata, read_metadata
from porter.resolve.once import Once

# Metadata is small: time goes into waiting for the index, not into reading it.
_READERS = 16


class Catalog:
    """What several resolutions of one plan share: they differ in what they make of it.

    Thread-safe as far as its index is. A context manager: work that was begun ahead and is not
    wanted any more ends with it.
    """

    def __init__(self, index: IndexClient, *, known_names: tuple[NormalizedName, ...] = ()) -> None:
        self._index = index
        self._known_names = known_names
        self._projects = Once(index.project)
        self._metadata = Once(self._read)
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="catalog")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def files(self, name: NormalizedName) -> tuple[File, ...] | None:
        """All files of a project; None when no index knows it.

        Raises `porter.errors.IndexUnavailable`.
        """
        project = self._projects(name)
        return None if project is None else project.files

    def releases(self, name: NormalizedName) -> Releases | None:
        """The files of a project by release; None when no index knows it.

        Raises `porter.errors.IndexUnavailable`.
        """
        project = self._projects(name)
        return None if project is None else project.releases

    def release(self, name: NormalizedName, version: Version) -> tuple[File, ...]:
        """The files of one release; empty when there is none. Raises as `releases`."""
        releases = self.releases(name)
        return () if releases is None else releases.get(version, ())

    def metadata(self, file: File) -> Metadata | None:
        """A file's metadata, or None where it cannot be had without executing anything."""
        return self._metadata(file)

    def expect(self, names: Iterable[NormalizedName]) -> None:
        """Have the index fetch these projects together."""
        missing = [name for name in names if name not in self._projects]
        if missing:
            self._index.prefetch(missing)

    def ahead(self, work: Callable[[], object]) -> None:
        """Do work whose answers will be asked for soon; an error waits for whoever asks."""
        self._pool.submit(work)

    def download(self, file: File) -> Path:
        """The file itself, its hash checked; errors as `IndexClient.download`."""
        return self._index.download(file)

    def lock(self, file: File) -> Artifact:
        """The file as a plan names it. Where the index gives no hash it is downloaded for it."""
        return Artifact(
            index=file.index,
            filename=file.filename,
            sha256=file.sha256 or sha256_of(self.download(file)),
            size=file.size,
            upload_time=file.upload_time,
        )

    def familiar(self) -> tuple[NormalizedName, ...]:
        """Names that exist: those given, and those that were come across."""
        done = self._projects.done().items()
        seen = (name for name, project in done if project is not None and project.releases)
        return tuple(dict.fromkeys([*self._known_names, *sorted(seen)]))

    def _read(self, file: File) -> Metadata | None:
        data = self._index.metadata(file)
        return None if data is None else read_metadata(data)
