"""Temporary folders, named so that a later run knows whether their owner is dead."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from porter.engine.owner import Owner, is_dead
from porter.signals import SIGNALS

STEP = "porter-step-"
"""How the names of those begin that steps in namespaces have."""


@contextmanager
def stage(owner: Owner, parent: Path, kind: str = STEP) -> Iterator[Path]:
    """An empty folder below `parent` while the block runs; its name begins with `kind`."""
    folder = Path(tempfile.mkdtemp(prefix=f"{kind}{owner}.", dir=parent))
    try:
        yield folder
    finally:
        with SIGNALS.undisturbed():
            shutil.rmtree(folder)


def left_behind(parent: Path, here: Owner, kind: str = STEP) -> Iterator[Path]:
    """The caller's folders of a kind below `parent` whose owner is dead."""
    for folder in parent.glob(f"{kind}*"):
        owner = Owner.parse(folder.name.removeprefix(kind).rpartition(".")[0])
        if owner and is_dead(owner, here) and _is_ours(folder):
            yield folder


def sweep(parent: Path, here: Owner, kind: str = STEP) -> int:
    """Remove what is left behind; return how many folders that were."""
    return sum(map(_remove, tuple(left_behind(parent, here, kind))))


def _remove(folder: Path) -> bool:
    """Remove a folder; False where another porter is at it."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return False
    return True


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, no link to one, and the caller's: anyone may write in /tmp."""
    try:
        status = folder.lstat()
    except FileNotFoundError:  # another porter has removed it
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
