"""The scratch folder of an attempt: whatever a build left in it can be removed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from porter.errors import SurroundingsError


def clear(folder: Path) -> None:
    """Remove a folder and all below it; nothing happens where there is none.

    A source tree may hold folders that not even their owner may write in. Links are not followed.
    Raises `porter.errors.SurroundingsError` naming what cannot be removed.
    """
    if not folder.exists():
        return
    try:
        _open(folder)
        shutil.rmtree(folder)
    except OSError as error:
        raise SurroundingsError(f"{folder} cannot be removed: {error}") from error


def _open(folder: Path) -> None:
    folder.chmod(0o700)
    for place, below, _ in os.walk(folder):
        for path in (Path(place, name) for name in below):
            if not path.is_symlink():
                path.chmod(0o700)
