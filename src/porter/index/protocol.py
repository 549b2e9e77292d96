"""What the planner asks of package indexes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from packaging.utils import NormalizedName

from porter.model import File


@dataclass(frozen=True, slots=True)
class Project:
    """All files of a project that could be understood, over all indexes, in no special order."""

    name: NormalizedName
    files: tuple[File, ...]


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
