"""Limits on memory, processes and CPU time of a whole process tree, where a cgroup can be made.

That is the case for root on most systems, and for a user to whom a hierarchy was delegated;
version 1 and 2 are both at home in the field:
https://docs.kernel.org/admin-guide/cgroup-v1/index.html
https://docs.kernel.org/admin-guide/cgroup-v2.html
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from porter.engine.protocol import Limits

MOUNT = Path("/sys/fs/cgroup")
_PERIOD = 100_000  # microseconds, the kernel's default


@dataclass(frozen=True, slots=True)
class Cgroup:
    """The folders made for one step: one per hierarchy."""

    folders: tuple[Path, ...]
    enforced: frozenset[str]
    """The controllers that are at work: ``memory``, ``pids``, ``cpu``, ``cpuacct``."""

    @property
    def entrances(self) -> tuple[Path, ...]:
        """The files a process writes its id into, to come under the limits."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def out_of_memory(self) -> bool:
        """Whether the kernel killed one of its processes for want of memory."""
        events = (folder / name for folder in self.folders for name in _EVENTS)
        return any(_kills(file.read_text()) > 0 for file in events if file.exists())

    def cpu_seconds(self) -> float | None:
        """CPU time its processes took, those that ended included; None where nothing tells."""
        for folder in self.folders:
            if (account := folder / "cpuacct.usage").exists():
                return int(account.read_text()) / 1e9
            if (stat := folder / "cpu.stat").exists():
                used = _fields(stat.read_text()).get("usage_usec")  # version 2 alone has it
                if used is not None:
                    return int(used) / 1e6
        return None

    def peak_memory(self) -> int | None:
        """The most bytes its processes held at once; None where nothing tells."""
        peaks = (folder / name for folder in self.folders for name in _PEAKS)
        return next((int(peak.read_text()) for peak in peaks if peak.exists()), None)

    def remove(self) -> None:
        """Remove the folders; what is still busy is left for the next sweep."""
        for folder in self.folders:
            remove(folder)


_PEAKS = ("memory.peak", "memory.max_usage_in_bytes")
_EVENTS = ("memory.events", "memory.oom_control")


def create(limits: Limits, name: str, *, mount: Path = MOUNT, membership: str) -> Cgroup:
    """Make a group named `name` for each limit that can be set, none where nothing can.

    `membership` is the text of ``/proc/self/cgroup``.
    """
    made: dict[Path, None] = {}
    enforced: set[str] = set()
    for controller, files in _settings(limits).items():
        for parent in parents(controller, membership, mount):
            if folder := _set(parent, name, controller, files):
                made[folder] = None
                enforced.add(controller)
                break
    return Cgroup(tuple(made), frozenset(enforced))


def parents(controller: str, membership: str, mount: Path = MOUNT) -> Iterator[Path]:
    """Where a group with a controller may be made: below our own group, else at the top."""
    for hierarchy, own in _groups(controller, membership, mount):
        found = dict.fromkeys((own, hierarchy))
        yield from (folder for folder in found if (folder / "cgroup.procs").exists())


def _groups(controller: str, membership: str, mount: Path) -> Iterator[tuple[Path, Path]]:
    """The top of each hierarchy that may have a controller, and our own group in it."""
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        hierarchies: tuple[Path, ...] = ()
        if controller in controllers.split(","):
            hierarchies = (mount / controller,)
        elif not controllers:
            hierarchies = (mount, mount / "unified")
        for hierarchy in hierarchies:
            yield hierarchy, hierarchy / path.lstrip("/")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a process may use of its machine; None where nothing limits it."""

    cpus: float | None
    memory: int | None
    """Bytes."""


def bounds(*, mount: Path = MOUNT, membership: str) -> Bounds:
    """The tightest limits of our own group and of those above it, as a container has them.

    `membership` is the text of ``/proc/self/cgroup``. Of the groups above a container's its files
    show none, but theirs stand at the top.
    """
    cpus = (_quota(folder) for folder in _up("cpu", membership, mount))
    memory = (_most(folder) for folder in _up("memory", membership, mount))
    return Bounds(
        min((limit for limit in cpus if limit is not None), default=None),
        min((limit for limit in memory if limit is not None), default=None),
    )


def _up(controller: str, membership: str, mount: Path) -> Iterator[Path]:
    for hierarchy, own in _groups(controller, membership, mount):
        yield own
        if own != hierarchy:
            above = own.parents
            yield from above[: above.index(hierarchy) + 1]


def _quota(folder: Path) -> float | None:
    """CPUs a group may use at once (``max``, or -1 in version 1: all)."""
    if (file := folder / "cpu.max").exists():
        quota, period = file.read_text().split()
    elif (file := folder / "cpu.cfs_quota_us").exists():
        quota, period = file.read_text().strip(), (folder / "cpu.cfs_period_us").read_text()
    else:
        return None
    return int(quota) / int(period) if quota.isdigit() else None


def _most(folder: Path) -> int | None:
    """Bytes a group may hold; version 1 writes an absurd number where there is no limit."""
    found = (folder / name for name in ("memory.max", "memory.limit_in_bytes"))
    text = next((file.read_text().strip() for file in found if file.exists()), "")
    return int(text) if text.isdigit() else None


def of_container(
    container: str, pid: int, *, mount: Path = MOUNT, proc: Path = Path("/proc")
) -> Cgroup:
    """The groups of a container (its id), found by its first process.

    Without any folder where they cannot be seen from here: its engine may be on another machine,
    where that process id is somebody else's.
    """
    try:
        membership = (proc / str(pid) / "cgroup").read_text()
    except OSError:  # it has ended
        membership = ""
    folders: dict[Path, None] = {}
    for line in membership.splitlines():
        _, controllers, path = line.split(":", 2)
        if container in path:
            for hierarchy in controllers.split(",") if controllers else (".", "unified"):
                folders[mount / hierarchy / path.lstrip("/")] = None
    return Cgroup(tuple(filter(Path.is_dir, folders)), frozenset())


def remove(folder: Path) -> bool:
    """Remove an empty group; processes killed just now may still be on their way out of it."""
    for _ in range(50):
        with suppress(FileNotFoundError):
            try:
                folder.rmdir()
            except OSError:
                time.sleep(0.02)
                continue
        return True
    return False


def _settings(limits: Limits) -> dict[str, dict[str, str]]:
    """Per controller, the files of both versions; those that do not exist are passed over."""
    # Version 1 counts CPU time in a hierarchy of its own; 0 is all that can be written there.
    settings = {"pids": {"pids.max": str(limits.pids)}, "cpuacct": {"cpuacct.usage": "0"}}
    if limits.memory is not None:
        size = str(limits.memory)
        settings["memory"] = {
            "memory.max": size,
            "memory.swap.max": "0",
            "memory.limit_in_bytes": size,
            "memory.memsw.limit_in_bytes": size,
        }
    if limits.cpus is not None:
        quota = str(max(1000, int(limits.cpus * _PERIOD)))
        settings["cpu"] = {"cpu.max": f"{quota} {_PERIOD}", "cpu.cfs_quota_us": quota}
    return settings


def _set(parent: Path, name: str, controller: str, files: dict[str, str]) -> Path | None:
    """The group with the limit in force, or None where the kernel or its owner refuses."""
    folder = parent / name
    shared = folder.exists()  # made for another controller of the same hierarchy
    try:
        _delegate(parent, controller)
        folder.mkdir(exist_ok=True)
        existing = {file: value for file, value in files.items() if (folder / file).exists()}
        for file, value in existing.items():
            (folder / file).write_text(value)
    except OSError:
        existing = {}
    if existing:
        return folder
    if folder.exists() and not shared:
        remove(folder)
    return None


def _delegate(parent: Path, controller: str) -> None:
    """Version 2 hands a controller down only where its parent says so."""
    control = parent / "cgroup.subtree_control"
    if control.exists() and controller not in control.read_text().split():
        control.write_text(f"+{controller}")


def _kills(text: str) -> int:
    return int(_fields(text).get("oom_kill", "0"))


def _fields(text: str) -> dict[str, str]:
    return dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
