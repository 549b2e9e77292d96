"""What a run does first: put away what killed runs left in the workspace and the cache.

Only for whoever holds the workspace. What they left in the engine is the engine's to sweep.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from porter.build import clear
from porter.config import Workspace
from porter.index.atomic import TEMPORARY
from porter.run.artifacts import Artifacts
from porter.run.attempt import Attempt
from porter.run.journal import Journal
from porter.run.tasks import folder_of
from porter.wheelhouse import Wheelhouse

_ABANDONED = 3600.0
"""Seconds after which a file that is not whole belongs to nobody: its writer never rests."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was put away."""

    interrupted: tuple[Attempt, ...]
    """Attempts whose process died in the midst of them; they are made again."""
    leftovers: int
    """Scratch folders and half-written files that were removed."""


def recover(workspace: Workspace, cache: Path) -> Recovered:
    """Put away what killed runs left; a failed port's scratch folder stays, to be looked at.

    Raises `porter.errors.SurroundingsError` naming what cannot be removed.
    """
    with closing(Journal(workspace.journal)) as journal:
        interrupted = journal.bury()
        kept = {folder_of(port) for port in journal.failed()}
    scratch = [folder for folder in scratch_folders(workspace) if folder.name not in kept]
    for folder in scratch:
        clear(folder)
    parts = Artifacts(workspace.artifacts).sweep() + Wheelhouse(workspace.wheelhouse).sweep()
    broken = (*_abandoned(workspace.graphs, ".*.part"), *broken_off(cache))
    for path in broken:
        path.unlink(missing_ok=True)  # another workspace's run may be at the same
    return Recovered(interrupted, len(scratch) + parts + len(broken))


def scratch_folders(workspace: Workspace) -> tuple[Path, ...]:
    """Every scratch folder there is."""
    return tuple(sorted(workspace.work.iterdir())) if workspace.work.is_dir() else ()


def broken_off(cache: Path) -> tuple[Path, ...]:
    """Downloads that nobody brings to their end any more."""
    return _abandoned(cache / "files", f"{TEMPORARY}*")


def _abandoned(folder: Path, pattern: str) -> tuple[Path, ...]:
    """What killed writers left; others may be writing here at this moment, so only what is old."""
    before = time.time() - _ABANDONED
    return tuple(sorted(p for p in folder.glob(pattern) if _modified(p) < before))


def _modified(path: Path) -> float:
    """When a file was written last (seconds since 1970); now for one that has just become whole."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
