"""What a step in namespaces sees: a list of entries that a launcher turns into mounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from porter.engine.protocol import Mount, Step
from porter.engine.steps import HOME, SEARCH_PATH

OWN = ("/dev", "/proc", "/sys", "/tmp")  # noqa: S108 - names inside the sandbox
"""What the launchers make themselves, or do not show at all."""


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of this machine."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """A writable folder in memory, empty at the start; at most half of the memory (tmpfs(5))."""

    target: str


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of the sandbox's own root; read-only once everything is in place."""

    target: str


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str
    to: str


Entry = Bind | Empty | Folder | Link


def is_of_proc(entry: Entry) -> bool:
    """Whether it lies in ``/proc``, which has to be there first."""
    return entry.target.startswith("/proc/")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A command and all it sees. Each entry stands after those it lies in."""

    argv: tuple[str, ...]
    entries: tuple[Entry, ...]
    env: Mapping[str, str]
    cwd: str = "/"


def sandbox(step: Step, base: Iterable[Entry]) -> Sandbox:
    """A step in a root that `base` shows."""
    return Sandbox(
        argv=step.argv,
        entries=(*base, Empty("/tmp"), Empty(HOME), *_binds(step.shown)),  # noqa: S108 - inside
        env={"PATH": SEARCH_PATH, "HOME": HOME} | dict(step.env),
        cwd=step.cwd,
    )


def root_entries(root: Path, mounts: Iterable[Mount]) -> tuple[Entry, ...]:
    """An unpacked root filesystem, read-only.

    Its top-level entries are bound one by one, and so are those of any folder in which a mount
    point is missing: mount points can be made in the sandbox's own root alone. A mount's target
    must not lead through a symbolic link of the root.
    """
    points = [PurePosixPath(HOME), *(PurePosixPath(mount.target) for mount in mounts)]
    missing = [p for p in points if not (root / p.relative_to("/")).exists()]
    return tuple(_listing(root, PurePosixPath("/"), missing))


def _listing(folder: Path, inside: PurePosixPath, missing: list[PurePosixPath]) -> Iterator[Entry]:
    for child in sorted(folder.iterdir()):
        path = inside / child.name
        if str(path) in OWN:
            continue
        if child.is_symlink():
            yield Link(str(path), str(child.readlink()))
        elif child.is_dir() and any(path in point.parents for point in missing):
            yield Folder(str(path))
            yield from _listing(child, path, missing)
        else:
            yield Bind(child, str(path))


def _binds(mounts: Iterable[Mount]) -> Iterator[Bind]:
    """The outer ones first, so that they do not hide the inner ones."""
    for mount in sorted(mounts, key=lambda m: len(PurePosixPath(m.target).parts)):
        yield Bind(mount.source.resolve(), mount.target, mount.writable)
