"""Lead a built wheel's ELF files to the libraries in the wheel, and nowhere else.

Packages that say where their libraries lie (``runtime_library_dirs``, CMake's build tree) leave
folders of the build in DT_RUNPATH. On another machine they are nobody's, or somebody else's.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from porter.environment import open_wheel
from porter.errors import StepFailed
from porter.repair.auditwheel import environment
from porter.repair.elf import MAGIC, read_linked
from porter.repair.members import copy_with
from porter.repair.reach import Linked, is_inside, reaches
from porter.repair.tool import run

SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Tree:
    """The source tree that a wheel was built in; what lies there is a stranger's."""

    here: Path
    """On this machine."""
    there: str
    """As the build saw it."""

    def find(self, library: str, folders: Iterable[str]) -> Path | None:
        """A library in those of the build's folders that are in the tree, links out of it not.

        A relative one starts at the tree's top, where builds are run.
        """
        seen = (PurePosixPath(self.there, folder) for folder in folders)
        inside = [folder for folder in seen if folder.is_relative_to(self.there)]
        places = (self.here / folder.relative_to(self.there) / library for folder in inside)
        found = (within(self.here, place) for place in places)
        return next((f for f in found if f and f.is_file() and os.access(f, os.R_OK)), None)


@dataclass(frozen=True, slots=True)
class Led:
    """A wheel whose files look for libraries in the wheel alone."""

    wheel: Path
    foreign: frozenset[str] = frozenset()
    """The folders that were taken out of their search paths."""
    libraries: Path | None = None
    """A folder with libraries to graft: those of the wheel that no search path can lead to, and
    those that the build has left in its tree."""


def within(top: Path, place: Path) -> Path | None:
    """What a stranger's path leads to, links followed; None when that is not inside of `top`.

    Or when there is nothing, as for a path that is too long or whose links lead to each other.
    """
    try:
        found = place.resolve(strict=True)
    except (OSError, RuntimeError):  # up to Python 3.12 a loop is the latter
        return None
    return found if found.is_relative_to(top.resolve()) else None


def lead(wheel: Path, work: Path, tree: Tree | None = None, *, data: Container[str] = ()) -> Led:
    """Give the files of a wheel, but for those that are `data`, the search paths of `reaches`.

    The wheel itself where there is nothing to change; else a copy in `work`, which must be empty.
    Raises `StepFailed` when patchelf fails.
    """
    with open_wheel(wheel) as (archive, contents):
        elves = {
            name: file
            for number, name in enumerate(contents.names)
            if name not in data and _is_elf(archive, name, file := work / str(number))
        }
        linked = {name: _linked(file) for name, file in elves.items()}
        meant = {name: file.by_name() for name, file in linked.items()}
        changed: dict[str, bytes] = {}
        asked: list[tuple[str, tuple[str, ...]]] = []
        for name, reach in reaches(meant).items():
            asked += [(library, meant[name].paths) for library in reach.elsewhere]
            if _change(elves[name], linked[name], reach.paths, work):
                changed[name] = elves[name].read_bytes()
        libraries = _set_out(asked, elves, tree, work)
        foreign = {p for name in meant for p in meant[name].paths if not is_inside(p, name)}
        copy = work / wheel.name
        if changed:
            copy_with(archive, contents, copy, changed=changed)
    return Led(copy if changed else wheel, frozenset(foreign), libraries)


def _is_elf(archive: zipfile.ZipFile, name: str, file: Path) -> bool:
    """Whether it is an ELF file, which then lies at `file`."""
    with archive.open(name) as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            return False
    file.write_bytes(archive.read(name))
    return True


def _linked(file: Path) -> Linked:
    with file.open("rb") as stream:
        return read_linked(stream)


def _set_out(
    asked: list[tuple[str, tuple[str, ...]]],
    elves: Mapping[str, Path],
    tree: Tree | None,
    work: Path,
) -> Path | None:
    """Put libraries that no search path of the wheel leads to into a folder, to be grafted.

    `asked`: each with the folders the build would have it looked for in.
    """
    folder = work / "libraries"
    own = {PurePosixPath(name).name: file for name, file in sorted(elves.items())}
    while asked:
        library, paths = asked.pop()
        file = own.get(library) or (tree.find(library, paths) if tree else None)
        place = folder / PurePosixPath(library).name
        if file is None or place.exists() or not _begins_as_elf(file):
            continue
        folder.mkdir(exist_ok=True)
        shutil.copyfile(file, place)
        linked = _linked(place)
        _change(place, linked, (), work)
        meant = linked.by_name()
        asked += [(needed, meant.paths) for needed in meant.needed]
    return folder if folder.is_dir() else None


def _begins_as_elf(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def _change(file: Path, linked: Linked, paths: Sequence[str], work: Path) -> bool:
    """Give a file these search paths, and libraries without a path; False if it has no others."""
    change: list[str] = []
    if linked.paths != tuple(paths):
        change += ("--set-rpath", ":".join(paths)) if paths else ("--remove-rpath",)
    for old, new in zip(linked.needed, linked.by_name().needed, strict=True):
        if old != new:
            change += ("--replace-needed", old, new)
    if change:
        _patch(file, change, work)
    return bool(change)


def _patch(file: Path, change: Sequence[str], work: Path) -> None:
    argv = ("patchelf", *change, str(file))
    env = environment(work, 0)
    status, written = run(argv, name="patchelf", env=env, work=work, seconds=SECONDS)
    if status != 0:
        raise StepFailed(
            f"patchelf cannot change where a file looks for libraries: {written.strip()}"
        )
