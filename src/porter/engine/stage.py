"""The temporary folder of one step in namespaces, named so that a later run knows its owner."""

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

PREFIX = "porter-step-"


@contextmanager
def stage(owner: Owner, parent: Path) -> Iterator[Path]:
    """An empty folder below `parent` while the block runs."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{owner}.", dir=parent))
    try:
        yield folder
    finally:
        with SIGNALS.undisturbed():
            shutil.rmtree(folder)


def left_behind(parent: Path, here: Owner) -> Iterator[Path]:
    """The caller's folders below `parent` whose owner is dead."""
    for folder in parent.glob(f"{PREFIX}*"):
        owner = Owner.parse(folder.name.removeprefix(PREFIX).rpartition(".")[0])
        if owner and is_dead(owner, here) and _is_ours(folder):
            yield folder


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, no link to one, and the caller's: anyone may write in /tmp."""
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
