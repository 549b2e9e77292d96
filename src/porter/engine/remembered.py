"""Which interpreter was found last time: asking each that may be one takes a tenth of a second.

The answer counts as long as what was asked, and what was found, are the same files.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from porter.index.atomic import write_whole


class File(msgspec.Struct, frozen=True):
    """A file as it was: whoever changes it changes one of these."""

    path: str
    inode: int
    size: int
    modified: int
    """Nanoseconds since 1970."""

    @classmethod
    def at(cls, path: Path) -> File | None:
        """A file as it is now, links followed; None where there is none."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(str(path), status.st_ino, status.st_size, status.st_mtime_ns)


class Answer(msgspec.Struct, frozen=True):
    """What was found, and what it took to find it."""

    asked: tuple[File | None, ...]
    """The candidates, in their order; the last one gave the answer. None: it was not there."""
    program: File
    library: str
    description: str


def recall(place: Path, candidates: Iterable[Path]) -> Answer | None:
    """The answer kept in a file, if the same candidates would still give it."""
    with suppress(FileNotFoundError, msgspec.DecodeError):  # never asked, or by another porter
        answer = msgspec.json.decode(place.read_bytes(), type=Answer)
        now = tuple(map(File.at, islice(candidates, len(answer.asked))))
        if now == answer.asked and File.at(Path(answer.program.path)) == answer.program:
            return answer
    return None


def keep(place: Path, answer: Answer) -> None:
    """Write an answer down. Raises `porter.errors.SurroundingsError` where the disk is full."""
    write_whole(place, msgspec.json.encode(answer))
