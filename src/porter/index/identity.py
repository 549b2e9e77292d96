"""Which release a source archive is, as far as its files tell without running any of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.index.archives import files_in
from porter.index.coremetadata import headers_of
from porter.index.projects import table_of
from porter.index.sdists import members_of

# Tools that make archives reproducible write 1970 or 1980: no day at all.
_FIRST_DAY = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of an archive; None where only its build backend could tell."""

    name: NormalizedName | None = None
    version: Version | None = None


def identity_of(archive: Path) -> Identity:
    """Name and version: those of PKG-INFO, else those that pyproject.toml states (PEP 621).

    Raises `MetadataError` for an archive that cannot be read.
    """
    members = members_of(archive)
    if pkg_info := members.get(("PKG-INFO",)):
        return identity_in(pkg_info)
    table = table_of(members.get(("pyproject.toml",)), "project")
    return _identity(table.get("name"), table.get("version"))


def identity_in(metadata: bytes) -> Identity:
    """Name and version of core metadata."""
    headers = headers_of(metadata)
    return _identity(headers.get("Name"), headers.get("Version"))


def newest_member(archive: Path) -> datetime | None:
    """When the newest of its files was written; None where no file tells.

    Raises `MetadataError` for an archive that cannot be read.
    """
    times = (member.modified for member in files_in(archive))
    latest = max(filter(None, times), default=None)
    return latest if latest is not None and _FIRST_DAY <= latest <= datetime.now(UTC) else None


def _identity(name: object, version: object) -> Identity:
    known = canonicalize_name(name.strip()) if isinstance(name, str) and name.strip() else None
    try:
        return Identity(known, Version(version) if isinstance(version, str) else None)
    except ValueError:  # also for more digits than Python takes
        return Identity(known, None)
