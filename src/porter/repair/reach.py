"""Where the files of a wheel find the libraries that lie in the wheel itself. Pure.

The loader looks in a file's own search paths and in the system's folders, not beside the file
(ld.so(8)). A library that a package builds for itself lies beside its extension modules, or in a
folder of its own; a linker that is not told so leaves modules that find it nowhere, or only in the
tree they were built in.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

_ORIGIN = ("$ORIGIN", "${ORIGIN}")


@dataclass(frozen=True, slots=True)
class Linked:
    """What an ELF file asks of the loader."""

    needed: tuple[str, ...] = ()
    """Libraries (DT_NEEDED): file names, or paths where the linker was given one of a library
    without a name of its own (DT_SONAME)."""
    paths: tuple[str, ...] = ()
    """Folders to look for them in (DT_RUNPATH, DT_RPATH)."""

    def by_name(self) -> Linked:
        """The same, with each library looked for by its file name, and last in the folder named.

        The loader takes a path as it is, from wherever the program is started.
        """
        named = [posixpath.split(library) for library in self.needed]
        folders = dict.fromkeys(folder for folder, _ in named if folder)
        return Linked(tuple(file for _, file in named), (*self.paths, *folders))


@dataclass(frozen=True, slots=True)
class Reach:
    """Where an ELF file of a wheel shall look for libraries."""

    paths: tuple[str, ...]
    """Its own search paths inside of the wheel, then those that its libraries there ask for."""
    elsewhere: tuple[str, ...]
    """What it needs and cannot be led to from where it lies."""


def reaches(files: Mapping[str, Linked]) -> dict[str, Reach]:
    """How each ELF file of a wheel, by its name in the archive, is led to the libraries in it.

    A library that its own search paths do not lead to is taken from the nearest folder that has
    it. Only folders that are installed together have a fixed way from one to the other: not those
    of ``NAME.data``, whose places are the installer's.
    """
    homes: dict[str, list[str]] = defaultdict(list)
    for name in files:
        folder, _, file = name.rpartition("/")
        homes[file].append(folder)
    return {name: _reach(name, linked, homes) for name, linked in files.items()}


def leads_to(path: str, name: str) -> str | None:
    """The folder that a search path of a file leads to, the file by its name in the archive.

    As seen from the folder it is installed into (site-packages): "" is that itself, what begins
    with ".." is above it. An absolute path is one. None when that is not known here: it depends on
    where the program is started, or on the system.
    """
    if path.startswith("/"):
        return posixpath.normpath("/" + path.lstrip("/"))
    folder = posixpath.dirname(name)
    return _resolved(path, "/".join(PurePosixPath(folder).parts[len(_root(folder)) :]))


def is_inside(path: str, name: str) -> bool:
    """Whether a search path leads to a folder below the one that its file is installed into."""
    place = leads_to(path, name)
    return place is not None and not place.startswith("/") and place.split("/")[0] != ".."


def _reach(name: str, linked: Linked, homes: Mapping[str, list[str]]) -> Reach:
    """`homes`: by file name, the folders of the archive that have such a file."""
    here = posixpath.dirname(name)
    paths = [path for path in linked.paths if is_inside(path, name)]
    elsewhere = []
    for library in linked.needed:
        folders = [folder for folder in homes.get(library, ()) if _root(folder) == _root(here)]
        if not folders:
            elsewhere.append(library)
        elif not any(_resolved(path, here) in folders for path in paths):
            paths.append(min((_way(here, folder) for folder in folders), key=_length))
    return Reach(tuple(paths), tuple(elsewhere))


def _way(here: str, folder: str) -> str:
    """The search path from one folder of the archive to another."""
    way = posixpath.relpath(folder or ".", here or ".")
    return "$ORIGIN" if way == "." else f"$ORIGIN/{way}"


def _length(way: str) -> tuple[int, str]:
    return way.count("/"), way


def _resolved(path: str, here: str) -> str | None:
    """The folder that a search path leads to from another; None for one that starts elsewhere.

    Or that depends on the system ($LIB, $PLATFORM).
    """
    origin, _, rest = path.partition("/")
    if origin not in _ORIGIN or "$" in rest:
        return None
    folder = posixpath.normpath(posixpath.join(here, rest.lstrip("/")) or ".")
    return "" if folder == "." else folder


def _root(folder: str) -> tuple[str, ...]:
    """What is installed as one: all outside of ``NAME.data``, and each folder in that."""
    parts = PurePosixPath(folder).parts
    return parts[:2] if parts and parts[0].endswith(".data") else ()
