"""The core metadata of an sdist, as far as it is final without running any of its code.

The rules, in order:

1. PKG-INFO of metadata 2.2 or newer whose dependencies are not dynamic (PEP 643).
2. The egg-info folder of the project that setuptools puts into its sdists (`porter.index.eggs`).
3. PKG-INFO of metadata 2.1 with ``Requires-Dist`` fields where pyproject.toml names a backend
   other than setuptools: poetry, flit and their like write there what will be in the wheel.
4. Where there is no PKG-INFO (a commit's tree): the ``project`` table of pyproject.toml, if it
   leaves neither the version nor dependencies to the backend (PEP 621: what it states is final).
"""

from __future__ import annotations

import re
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name

from porter.index.archives import files_in
from porter.index.coremetadata import LIMIT, MetadataError, headers_of, is_final, metadata_version
from porter.index.eggs import metadata_of
from porter.index.projects import stated_metadata, table_of

_WANTED = re.compile(
    r"(?:\./)?[^/]+/(?:PKG-INFO|pyproject\.toml"
    r"|(?:[^/]+/){0,2}[^/]+\.egg-info/(?:PKG-INFO|requires\.txt|SOURCES\.txt))"
)
_SETUPTOOLS_LIKE = ("setuptools", "skbuild", "numpy.distutils", "jupyter_packaging", "pbr")


def sdist_metadata(path: Path, project: NormalizedName) -> bytes | None:
    """Final core metadata of an sdist, or None where only running it could tell.

    Raises `MetadataError` for an archive that cannot be read.
    """
    by_place = members_of(path)
    pkg_info = by_place.get(("PKG-INFO",))
    if pkg_info is not None and is_final(pkg_info):
        return pkg_info
    if egg := _egg_info(by_place, project):
        return metadata_of(egg)
    if pkg_info is not None and _written_by_backend(pkg_info, by_place.get(("pyproject.toml",))):
        return pkg_info
    return None if pkg_info is not None else stated_metadata(by_place.get(("pyproject.toml",)))


def members_of(path: Path) -> dict[tuple[str, ...], bytes]:
    """The files of a source archive that say what it is, by their place under its top folder.

    Raises `MetadataError` for an archive that cannot be read.
    """
    members = _read_members(path)
    return {tuple(name.split("/")[1:]): data for name, data in members.items()}


def _egg_info(
    by_place: dict[tuple[str, ...], bytes], project: NormalizedName
) -> dict[str, bytes] | None:
    """The files of the project's own egg-info folder: of several, the one nearest to the top."""
    folders: dict[tuple[str, ...], dict[str, bytes]] = {}
    for place, data in by_place.items():
        if len(place) > 1 and place[-2].endswith(".egg-info"):
            folders.setdefault(place[:-1], {})[place[-1]] = data
    own = [
        folder
        for folder in sorted(folders, key=len)
        if canonicalize_name(folder[-1].removesuffix(".egg-info")) == project
    ]
    return folders[own[0]] if own else None


def _written_by_backend(pkg_info: bytes, pyproject: bytes | None) -> bool:
    headers = headers_of(pkg_info)
    if metadata_version(headers) < (2, 1) or "Requires-Dist" not in headers or pyproject is None:
        return False
    system = table_of(pyproject, "build-system")
    backend = system.get("build-backend")
    # A backend inside the sdist (backend-path) may compute anything.
    return (
        isinstance(backend, str)
        and "backend-path" not in system
        and not backend.startswith(_SETUPTOOLS_LIKE)
    )


def _read_members(path: Path) -> dict[str, bytes]:
    """The few files that matter; reading stops at a PKG-INFO that settles the question."""
    found: dict[str, bytes] = {}
    left = LIMIT
    for member in files_in(path):
        if not _WANTED.fullmatch(member.name):
            continue
        left -= member.size
        if left < 0:
            raise MetadataError(f"its metadata is longer than {LIMIT} bytes")
        name, data = member.name.removeprefix("./"), member.read(member.size)
        found.setdefault(name, data)
        if name.count("/") == 1 and name.endswith("/PKG-INFO") and is_final(data):
            break
    return found
