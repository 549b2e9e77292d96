"""What a step wrote into a folder of ours, read as what any program could have written there."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MAX_BYTES = 64 << 20


def read_bounded(path: Path, *, limit: int = MAX_BYTES) -> bytes | None:
    """The content of a plain file, or None if there is none, or it is something else, or too big.

    The folder was writable for a foreign program: a symlink in it could name any file of ours.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as stream:
        data = stream.read(limit + 1)
    return data if len(data) <= limit else None
