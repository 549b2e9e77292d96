"""The index, asked once for each thing and remembered for the length of one plan."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.digest import sha256_of
from porter.index.protocol import Located, Project, Releases, Sources
from porter.index.reference import Reference
from porter.model import Artifact, File
from porter.resolve.metadata import Metadata, read_metadata
from porter.resolve.once import Once

# Metadata is small: time goes into waiting for the index, not into reading it.
_READERS = 16


@dataclass(frozen=True, slots=True)
class Pin:
    """The one file that counts for a project, because it was asked for by its address."""

    reference: Reference
    """As it was asked for."""
    file: File


class Catalog:
    """What several resolutions of one plan share: they differ in what they make of it.

    Thread-safe as far as its index is. A context manager: work that was begun ahead and is not
    wanted any more ends with it.
    """

    def __init__(self, index: Sources, *, known_names: tuple[NormalizedName, ...] = ()) -> None:
        self._index = index
        self._known_names = known_names
        self._pins: Mapping[NormalizedName, Pin] = {}
        self._projects = Once(index.project)
        self._located = Once(index.locate)
        self._metadata = Once(self._read)
        self._downloaded = Once(index.download)
        self._pool = ThreadPoolExecutor(_READERS, thread_name_prefix="catalog")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def pinned(self, pins: Mapping[NormalizedName, Pin]) -> Catalog:
        """The same catalog, but that of these projects it has one file each."""
        view = copy.copy(self)
        view._pins = pins  # noqa: SLF001 - its own copy
        return view

    def pin(self, name: NormalizedName) -> Pin | None:
        """What a project is pinned to; None for nothing."""
        return self._pins.get(name)

    def locate(self, reference: Reference) -> Located:
        """What an address names, fetched once; errors as `Locator.locate`."""
        return self._located(reference)

    def files(self, name: NormalizedName) -> tuple[File, ...] | None:
        """All files of a project; None when no index knows it.

        Raises `porter.errors.IndexUnavailable`.
        """
        project = self._project(name)
        return None if project is None else project.files

    def releases(self, name: NormalizedName) -> Releases | None:
        """The files of a project by release; None when no index knows it.

        Raises `porter.errors.IndexUnavailable`.
        """
        project = self._project(name)
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
        missing = [n for n in names if n not in self._projects and n not in self._pins]
        if missing:
            self._index.prefetch(missing)

    def ahead(self, work: Callable[[], object]) -> None:
        """Do work whose answers will be asked for soon; an error waits for whoever asks."""
        self._pool.submit(work)

    def download(self, file: File) -> Path:
        """The file itself, its hash checked; errors as `IndexClient.download`."""
        return self._downloaded(file)

    def lock(self, file: File) -> Artifact:
        """The file as a plan names it. Where the index gives no hash it is downloaded for it."""
        return Artifact(
            index=file.index,
            filename=file.filename,
            sha256=file.sha256 or sha256_of(self.download(file)),
            size=file.size,
            upload_time=file.upload_time,
            url=file.url if file.direct else None,
        )

    def familiar(self) -> tuple[NormalizedName, ...]:
        """Names that exist: those given, and those that were come across."""
        done = self._projects.done().items()
        seen = (name for name, project in done if project is not None and project.releases)
        return tuple(dict.fromkeys([*self._known_names, *sorted(seen)]))

    def _project(self, name: NormalizedName) -> Project | None:
        pin = self._pins.get(name)
        return self._projects(name) if pin is None else Project.of(name, [pin.file])

    def _read(self, file: File) -> Metadata | None:
        data = self._index.metadata(file)
        return None if data is None else read_metadata(data)
