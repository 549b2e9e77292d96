"""Files of which the name means the whole content, also after the machine lost its power.

A rename is atomic for other programs at once, but the disk may learn of the new name before it
has the content: so the content is synchronised first, then the folder that has the name
(fsync(2); https://lwn.net/Articles/457667/).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

PART = ".part-"
"""How the names of files begin that are not whole yet. A killed run may leave such ones."""


def write_durably(target: Path, content: Path | bytes, *, parts: Path | None = None) -> None:
    """Write `content`, or a copy of the file it names, under `target`. Raises `OSError`.

    Until it is whole it lies in `parts`, a folder of the same file system (the target's own).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    place = parts or target.parent
    with tempfile.NamedTemporaryFile(dir=place, prefix=PART, delete=False) as part:
        try:
            _fill(part, content)
            Path(part.name).chmod(0o644)
            Path(part.name).replace(target)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_parts(folder: Path) -> int:
    """Remove what killed writers left in `folder`; return how many files that were.

    Only for a folder that nobody else writes in at this moment.
    """
    parts = list(folder.glob(f"{PART}*"))
    for part in parts:
        part.unlink()
    return len(parts)


def _fill(part: IO[bytes], content: Path | bytes) -> None:
    if isinstance(content, bytes):
        part.write(content)
    else:
        with content.open("rb") as source:
            shutil.copyfileobj(source, part, 1 << 20)
    part.flush()
    os.fsync(part.fileno())
