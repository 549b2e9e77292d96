"""Files that appear under their name whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from porter.errors import SurroundingsError

TEMPORARY = ".new-"
"""How the names of files begin that are not whole yet. A killed process may leave such ones."""


@contextmanager
def whole_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file to write in `folder`; gone at the end unless it was renamed.

    Raises `porter.errors.SurroundingsError` when the disk does not take it.
    """
    make_folder(folder)
    try:
        handle, name = tempfile.mkstemp(dir=folder, prefix=TEMPORARY)
    except OSError as error:
        raise _disk(folder, error) from error
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, path
    except OSError as error:
        raise _disk(folder, error) from error
    finally:
        path.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder, for this user alone: pages of private indexes lie in the cache too."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _disk(folder, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write `content` under `path`, replacing what was there."""
    with whole_file(path.parent) as (file, temporary):
        file.write(content)
        file.flush()
        temporary.replace(path)


def _disk(folder: Path, error: OSError) -> SurroundingsError:
    return SurroundingsError(
        f"{folder} cannot be written: {error.strerror or error}",
        hint="Make room, or let PORTER_CACHE_DIR name another folder.",
    )
