"""What a run does first: put away what killed runs left in the workspace.

Only for whoever holds the workspace. What they left in the engine is the engine's to sweep.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from porter.build import clear
from porter.config import Workspace
from porter.run.artifacts import Artifacts
from porter.run.attempt import Attempt
from porter.run.journal import Journal
from porter.run.tasks import folder_of
from porter.wheelhouse import Wheelhouse


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was put away."""

    interrupted: tuple[Attempt, ...]
    """Attempts whose process died in the midst of them; they are made again."""
    leftovers: int
    """Scratch folders and half-written files that were removed."""


def recover(workspace: Workspace) -> Recovered:
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
    return Recovered(interrupted, len(scratch) + parts)


def scratch_folders(workspace: Workspace) -> tuple[Path, ...]:
    """Every scratch folder there is."""
    return tuple(sorted(workspace.work.iterdir())) if workspace.work.is_dir() else ()
