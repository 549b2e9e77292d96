"""Making room: what no plan in graphs/ needs any more, or everything porter keeps."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from porter.app.holding import LOCK, held
from porter.app.planning import read_plan
from porter.build import clear
from porter.config import Workspace, cache_folder
from porter.engine import container_engines
from porter.images import platforms_of
from porter.run import Artifacts, Attempt, Journal, broken_off, results_of, scratch_folders


@dataclass(frozen=True, slots=True)
class Litter:
    """Things of one kind that go."""

    what: str
    paths: tuple[Path, ...]
    size: int
    """Bytes on the disk."""


def clean(
    workspace: Path,
    *,
    everything: bool,
    notice: Callable[[str], None],
    tell: Callable[[Litter], None],
) -> int:
    """Remove what no plan needs, or (`everything`) all that porter keeps; bytes that were freed.

    `tell` hears of each kind before it goes. Plans, recipes and the wheelhouse are the person's
    and stay. Waits for a run in the workspace to end.

    Raises:
        UsageError: a file in graphs/ is no plan: nobody knows what it needs, and nothing goes.
        SurroundingsError: something cannot be removed.
    """
    place = Workspace(workspace)
    if not place.state.is_dir():
        return 0
    freed = 0
    with held(place, notice):
        if scratch_folders(place):
            _end_leftovers(notice)
        found = _everything(place) if everything else _unneeded(place)
        for litter in [entry for entry in found if entry.paths]:
            tell(litter)
            for path in litter.paths:
                _remove(path)
            freed += litter.size
    return freed


def _end_leftovers(notice: Callable[[str], None]) -> None:
    """Remove the containers of killed runs: they may still be writing into scratch folders."""
    for engine in container_engines(os.environ):
        if left := engine.sweep():
            notice(f"leftovers of an earlier run removed from {engine.name}: {left}")
        engine.close()


def _everything(place: Workspace) -> tuple[Litter, ...]:
    kept = {LOCK, f"{LOCK}.json"}
    inside = sorted(path for path in place.state.iterdir() if path.name not in kept)
    return (_litter("all that porter keeps of its runs", inside),)


def _unneeded(place: Workspace) -> tuple[Litter, ...]:
    needed = tuple(_needed(place))
    artifacts = Artifacts(place.artifacts).others(attempt.key for attempt in needed)
    links = [link for link in place.ports.glob("*/*") if link.resolve().parent in artifacts]
    logs = {place.root / attempt.log for attempt in needed if attempt.log}
    logs |= {results_of(log) for log in logs}
    old_logs = sorted(path for path in place.logs.glob("*/*.*") if path not in logs)
    return (
        _litter("scratch folders", scratch_folders(place)),
        _litter("finished wheels no plan needs (.porter/artifacts)", (*links, *artifacts)),
        _litter("logs of old attempts", old_logs),
        _litter("broken-off downloads in the cache", broken_off(cache_folder(os.environ))),
    )


def _needed(place: Workspace) -> Iterator[Attempt]:
    """The last attempt and the last good one at each port of each plan."""
    plans = [read_plan(path).plan for path in sorted(place.graphs.glob("*.json"))]
    if not place.journal.exists():
        return
    with closing(Journal(place.journal)) as journal:
        for plan in plans:
            for side, platform in platforms_of(plan.target).items():
                ids = {node.id for node in plan.nodes if node.side is side}
                for last in (journal.lasts(str(platform)), journal.last_successes(str(platform))):
                    yield from (last[port] for port in ids & last.keys())


def _litter(what: str, paths: list[Path] | tuple[Path, ...]) -> Litter:
    return Litter(what, tuple(paths), sum(map(_size, paths)))


def _size(path: Path) -> int:
    """Bytes a file, or all in a folder, takes on the disk; links are not followed."""
    size = path.lstat().st_blocks * 512
    if path.is_dir() and not path.is_symlink():
        with os.scandir(path) as children:
            size += sum(_size(Path(child.path)) for child in children)
    return size


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        clear(path)
    else:
        path.unlink()
