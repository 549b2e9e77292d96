"""Files of an index on disk, by their sha256."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from filelock import FileLock

from porter.errors import IndexUnavailable, StepFailed
from porter.index.atomic import make_folder, whole_file
from porter.index.git import Git
from porter.index.http import Http
from porter.index.reference import parse_reference
from porter.index.urls import path_of, shown
from porter.model import CRATE, DIRECT, RECIPE

LARGEST = 8 << 30
"""Bytes of a file whose size the index does not tell."""

_CHUNK = 1 << 20
_STATED = {
    CRATE: "its Cargo.lock names",
    DIRECT: "that was asked for",
    RECIPE: "its recipe names",
}
"""Who says what a file must be, by index name, where it is no index."""


class Listed(Protocol):
    """What is to be downloaded, as `porter.model.File` has it."""

    @property
    def index(self) -> str:
        """Who says what it is."""
        ...

    @property
    def filename(self) -> str:
        """What it is called in the cache."""
        ...

    @property
    def url(self) -> str:
        """Where it is."""
        ...

    @property
    def sha256(self) -> str | None:
        """What it has to hash to, where that is known."""
        ...

    @property
    def size(self) -> int | None:
        """Bytes, where they are known."""
        ...

    @property
    def direct(self) -> bool:
        """Whether no index lists it."""
        ...


class Downloads:
    """A folder of checked files: ``sha256/ab/cdef…/NAME``. Safe against threads and processes."""

    def __init__(
        self, http: Http, git: Git, folder: Path, *, notice: Callable[[str], None]
    ) -> None:
        self._http = http
        self._git = git
        self._folder = folder
        self._notice = notice
        self._checked: set[tuple[Path, int, int]] = set()
        self._unhashed: dict[str, Path] = {}
        self._lock = threading.Lock()

    def fetch(self, file: Listed) -> Path:
        """Path of the file, its hash checked in this process.

        Raises `porter.errors.StepFailed` when it is not what the index says, and
        `porter.errors.IndexUnavailable` when it cannot be had.
        """
        if file.sha256 is None:
            return self._fetch_unhashed(file)
        path = self._place(file.sha256, file.filename)
        if self._is_good(path, file.sha256):
            return path
        lock = self._folder / "locks" / f"{file.sha256}.lock"
        make_folder(lock.parent)
        with FileLock(lock):
            if not self._is_good(path, file.sha256):
                self._transfer(file)
        return path

    def find(self, sha256: str, filename: str) -> Path | None:
        """Path of a file that is here already, its hash checked in this process."""
        path = self._place(sha256, filename)
        return path if self._is_good(path, sha256) else None

    def _fetch_unhashed(self, file: Listed) -> Path:
        with self._lock:
            if known := self._unhashed.get(file.url):
                return known
        if not file.direct:
            self._notice(f"{file.filename}: the index gives no sha256, so it is taken unchecked")
        path = self._transfer(file)
        with self._lock:
            self._unhashed[file.url] = path
        return path

    def _place(self, sha256: str, filename: str) -> Path:
        return self._folder / "sha256" / sha256[:2] / sha256[2:] / filename

    def _is_good(self, path: Path, sha256: str) -> bool:
        """Whether the file is there and whole; the hash is computed once per process."""
        try:
            status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        mark = (path, status.st_size, status.st_mtime_ns)
        if mark in self._checked:
            return True
        with path.open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != sha256:
                return False
        self._checked.add(mark)
        return True

    def _transfer(self, file: Listed) -> Path:
        with whole_file(self._folder) as (target, temporary):
            receiver = _Receiver(file, target)
            self._copy(file, receiver)
            receiver.check()
            path = self._place(receiver.digest, file.filename)
            make_folder(path.parent)
            temporary.replace(path)
        status = path.stat()
        self._checked.add((path, status.st_size, status.st_mtime_ns))
        return path

    def _copy(self, file: Listed, receiver: _Receiver) -> None:
        local = path_of(file.url)
        if file.url.startswith("git+"):
            with (
                self._git.archive(parse_reference(file.url)) as archive,
                archive.open("rb") as made,
            ):
                receiver.take(_chunks(made))
        elif local is not None:
            _copy_local(file, local, receiver)
        elif not self._http.stream(file.url, receiver.take):
            raise _gone(file)


class _Receiver:
    """Writes what comes and hashes it on the way."""

    def __init__(self, file: Listed, target: BinaryIO) -> None:
        self._file = file
        self._target = target
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def take(self, chunks: Iterable[bytes]) -> None:
        """Take a file from its start; what an earlier, broken attempt wrote is dropped."""
        self._target.seek(0)
        self._target.truncate()
        self._hash = hashlib.sha256()
        bound = LARGEST if self._file.size is None else self._file.size
        for chunk in chunks:
            self._target.write(chunk)
            self._hash.update(chunk)
            if self._target.tell() > bound:
                raise _differs(self._file, f"it is longer than the {bound} bytes expected")
        self._target.flush()

    def check(self) -> None:
        """Raise `StepFailed` unless size and hash are what the index says."""
        size, wanted = self._file.size, self._file.sha256
        if wanted is not None and self.digest != wanted:
            raise _differs(self._file, f"expected sha256 {wanted}\nfound    sha256 {self.digest}")
        if size is not None and self._target.tell() != size:
            raise _differs(self._file, f"expected {size} bytes, found {self._target.tell()}")


def _copy_local(file: Listed, local: Path, receiver: _Receiver) -> None:
    try:
        source = local.open("rb")
    except OSError as error:
        raise _gone(file) from error
    with source:
        receiver.take(_chunks(source))


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _differs(file: Listed, context: str) -> StepFailed:
    return StepFailed(
        f"{file.filename} from {shown(file.url)} is not the file "
        + _STATED.get(file.index, "its index lists"),
        context=context,
        hint="It was altered, there or on the way; nothing of it was kept.",
        final=True,
    )


def _gone(file: Listed) -> IndexUnavailable | StepFailed:
    if file.direct:
        return StepFailed(f"there is no file at {shown(file.url)}", final=True)
    return IndexUnavailable(
        f"{file.filename} is listed by the index {file.index!r} but missing at {shown(file.url)}",
        hint="The index's page may be out of date; try again later, or give another index.",
    )
