"""Reads Debian packages: an ``ar`` archive of two tars. Format: deb(5)."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from porter.errors import ImageError

_MAGIC = b"!<arch>\n"


@dataclass(frozen=True, slots=True)
class Deb:
    """One package, as a file."""

    path: Path
    paragraph: str
    """Its control file, as dpkg's list of packages holds it."""
    postinst: str
    """The script its installation would run; empty where it has none."""


def read_deb(path: Path) -> Deb:
    """Read what a package says of itself; `ImageError` for what is none."""
    with _damage_told(path), _member(path, "control.tar") as stream:
        texts = dict(_texts(stream, {"control", "postinst"}))
    return Deb(path, texts["control"].strip(), texts.get("postinst", ""))


@contextmanager
def files_of(deb: Deb) -> Iterator[IO[bytes]]:
    """The tar of a package's files, compressed as it is."""
    with _damage_told(deb.path), _member(deb.path, "data.tar") as stream:
        yield stream


def _texts(stream: IO[bytes], wanted: set[str]) -> Iterator[tuple[str, str]]:
    with tarfile.open(fileobj=stream, mode="r|*") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in wanted and (content := archive.extractfile(member)):
                yield name, content.read().decode("utf-8", "replace")


@contextmanager
def _member(path: Path, beginning: str) -> Iterator[IO[bytes]]:
    with path.open("rb") as stream:
        if stream.read(len(_MAGIC)) != _MAGIC:
            raise ValueError("it is no ar archive")
        start, size = _find(stream, beginning)
        stream.seek(start)
        # A package's control archive is small, and its largest files some hundred megabytes.
        yield io.BytesIO(stream.read(size))


def _find(stream: IO[bytes], beginning: str) -> tuple[int, int]:
    while header := stream.read(60):
        name, size = header[:16].decode("ascii").strip(" /"), int(header[48:58])
        if name.startswith(beginning):
            return stream.tell(), size
        stream.seek(size + size % 2, io.SEEK_CUR)
    raise ValueError(f"it has no {beginning}")


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, tarfile.TarError, EOFError) as error:
        raise ImageError(f"{path.name} cannot be read: {error}") from error
