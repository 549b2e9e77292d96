"""What the planner asks of package indexes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.reference import Reference
from porter.model import File

Releases = Mapping[Version, tuple[File, ...]]
"""Files by release. Looking at one may take work: it is not remembered."""


@dataclass(frozen=True, slots=True)
class Project:
    """All files of a project that could be understood, over all indexes, in no special order."""

    name: NormalizedName
    releases: Releases

    @classmethod
    def of(cls, name: NormalizedName, files: Iterable[File]) -> Project:
        """A project whose files are at hand."""
        return cls(name, by_release(files))

    @property
    def files(self) -> tuple[File, ...]:
        """The files of all releases; a few releases cost less."""
        return tuple(file for group in self.releases.values() for file in group)


def by_release(files: Iterable[File]) -> Releases:
    """Files that are at hand, by release."""
    found: dict[Version, list[File]] = defaultdict(list)
    for file in files:
        found[file.version].append(file)
    return {version: tuple(group) for version, group in found.items()}


class IndexClient(Protocol):
    """A view of all configured indexes. Contract tests: tests/unit/index/contract.py."""

    def project(self, name: NormalizedName) -> Project | None:
        """All files of a project, or None when no index knows the name.

        Raises `porter.errors.IndexUnavailable` when an index does not answer: an outage is not
        a 404.
        """
        ...

    def metadata(self, file: File) -> bytes | None:
        """The core metadata of a wheel or sdist, without executing anything, or None.

        For a wheel METADATA; for an sdist PKG-INFO, but only where its dependencies are final
        (metadata 2.2 or newer without dynamic ``Requires-Dist``, or an ``egg-info/requires.txt``
        that has been turned into ``Requires-Dist`` lines).
        """
        ...

    def download(self, file: File) -> Path:
        """Path of the file in the cache, its sha256 checked against the index's.

        Raises `porter.errors.StepFailed` when the hash differs (nothing is kept), and
        `porter.errors.IndexUnavailable` when it cannot be fetched.
        """
        ...

    def prefetch(self, names: Iterable[NormalizedName]) -> None:
        """Hint that these projects will be asked for soon; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Located:
    """A file that was asked for by its address, at hand."""

    reference: Reference
    """With its hash; of a repository, with the full hash of the commit."""
    path: Path


class Locator(Protocol):
    """Fetches what is named by its address. Contract tests: tests/unit/index/contract.py."""

    def locate(self, reference: Reference) -> Located:
        """The file of a reference as it is today; a commit's is its source archive.

        Raises `porter.errors.StepFailed` when it is not there or not what the reference says,
        `porter.errors.UsageError` for a file of this machine that is missing, and
        `porter.errors.IndexUnavailable` when it cannot be asked for.
        """
        ...


class Sources(IndexClient, Locator, Protocol):
    """All that a plan is made from."""
