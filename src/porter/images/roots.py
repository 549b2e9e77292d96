"""Unpacked root filesystems in the cache: ``<digest>/`` and ``<digest>.json`` beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path

from filelock import FileLock, Timeout

from porter.errors import ImageError
from porter.images.store import ImageInfo
from porter.model import ARCHITECTURES, Interpreter

Fill = Callable[[Path], ImageInfo]
"""Puts a root filesystem into the empty folder ``root`` of the scratch folder it is given."""
ROOT = "root"
_TEMPORARY = ".new-"
_LOOK = 0.5
"""Seconds between two looks at whether the waiting is to end."""


class Roots:
    """The folder of unpacked roots. A root is there whole or not at all."""

    def __init__(
        self,
        folder: Path,
        *,
        notice: Callable[[str], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> None:
        """Take who hears of waiting for another process, and what ends the waiting."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / ".lock")
        self._notice = notice
        self._stop = stop or threading.Event()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder while roots are made; the same thread may take it again.

        Raises KeyboardInterrupt where it is to stop while another process holds it.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            self._notice(f"waiting for another porter that makes an image ({self.folder})")
            self._wait()
        try:
            yield
        finally:
            self._lock.release()

    def _wait(self) -> None:
        while not self._stop.is_set():
            with suppress(Timeout):
                self._lock.acquire(timeout=_LOOK)
                return
        raise KeyboardInterrupt

    def all(self) -> Sequence[ImageInfo]:
        """Every root that is here, by name, the newest first among those of one name."""
        found = [self._read(path) for path in self.folder.glob("*.json")]
        newest_first = sorted((r for r in found if r), key=lambda r: r.created, reverse=True)
        return sorted(newest_first, key=lambda root: root.name)

    def find(self, digest: str) -> ImageInfo | None:
        """The root with this content, or None."""
        return self._read(self.folder / f"{_key(digest)}.json")

    def create(self, fill: Fill) -> ImageInfo:
        """Let `fill` make a root and keep it under its digest; one that was there already stays.

        What a killed run left is removed first; a `fill` that raises leaves nothing.
        """
        with self.held():
            self.sweep()
            scratch = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.folder))
            try:
                (scratch / ROOT).mkdir()
                made = fill(scratch)
                return self.find(made.digest) or self._adopt(made, scratch / ROOT)
            except OSError as error:
                raise ImageError(f"a root filesystem cannot be unpacked: {error}") from error
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    def remove(self, digest: str) -> None:
        """Remove a root, if it is here."""
        with self.held():
            place = self.folder / _key(digest)
            if place.is_dir():
                doomed = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=self.folder))
                place.rename(doomed / ROOT)
            place.with_suffix(".json").unlink(missing_ok=True)
            self.sweep()

    def sweep(self) -> int:
        """Remove what killed runs left behind; return how many things that were."""
        with self.held():
            left = list(self.folder.glob(f"{_TEMPORARY}*"))
            for folder in left:
                shutil.rmtree(folder)
            return len(left)

    def _adopt(self, root: ImageInfo, folder: Path) -> ImageInfo:
        place = self.folder / _key(root.digest)
        document = place.with_suffix(".json")
        # A document without its folder is no root: the folder's rename is what makes it one.
        written = folder.with_name("root.json")
        written.write_text(_encode(root), encoding="utf-8")
        written.replace(document)
        folder.rename(place)
        return replace(root, path=place)

    def _read(self, document: Path) -> ImageInfo | None:
        place = document.with_suffix("")
        if not place.is_dir():
            return None
        try:
            return replace(_decode(document.read_text(encoding="utf-8")), path=place)
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise ImageError(
                f"{document} is damaged: {error}", hint=f"Remove it and {place}, and try again."
            ) from error


def folder_size(folder: Path) -> int:
    """Bytes of the regular files below a folder, those with several names counted once."""
    sizes: dict[int, int] = {}
    for here, _, files in os.walk(folder):
        for name in files:
            status = os.lstat(os.path.join(here, name))  # noqa: PTH118 - thousands of files
            sizes[status.st_ino] = status.st_size
    return sum(sizes.values())


def _key(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or not value.isalnum():
        raise ImageError(f"not a digest: {digest!r}")
    return value


def _encode(root: ImageInfo) -> str:
    fields = asdict(root) | {
        "arch": root.arch.name,
        "interpreters": [interpreter.tag for interpreter in root.interpreters],
    }
    del fields["path"]
    return json.dumps(fields, indent=1)


def _decode(text: str) -> ImageInfo:
    fields = json.loads(text)
    fields["arch"] = ARCHITECTURES[fields["arch"]]
    fields["interpreters"] = tuple(Interpreter.parse(tag) for tag in fields["interpreters"])
    fields["packages"] = tuple(fields.get("packages", ()))
    return ImageInfo(**fields)
