"""The scratch folder of an attempt: whatever a build left in it can be removed."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path

from porter.errors import SurroundingsError

_PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds between the tries."""
_CHANGING = frozenset({errno.ENOTEMPTY, errno.ENOENT})
"""What a folder that changes under the hands gives."""


def clear(folder: Path) -> None:
    """Remove a folder and all below it; nothing happens where there is none.

    A source tree may hold folders that not even their owner may write in. Links are not followed.
    What is written or removed in it meanwhile is borne for a second: a compiler that was killed
    may still be on its way out. Raises `porter.errors.SurroundingsError` naming what cannot be
    removed.
    """
    for pause in (*_PAUSES, None):
        if not folder.exists():
            return
        try:
            _open(folder)
            shutil.rmtree(folder)
        except OSError as error:
            if pause is None or error.errno not in _CHANGING:
                raise SurroundingsError(f"{folder} cannot be removed: {error}") from error
            time.sleep(pause)


def _open(folder: Path) -> None:
    folder.chmod(0o700)
    for place, below, _ in os.walk(folder):
        for path in (Path(place, name) for name in below):
            if not path.is_symlink():
                path.chmod(0o700)
