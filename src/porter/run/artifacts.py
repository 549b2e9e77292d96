"""Finished wheels by key. With the journal they are what "done" means."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from porter.index.digest import sha256_of
from porter.wheelhouse import PART, remove_parts, sync_folder, write_durably


class Artifacts:
    """A folder per key that holds one wheel; it is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _place(self, key: str) -> Path:
        return self.folder / key.removeprefix("sha256:")

    def find(self, key: str, *, filename: str, sha256: str) -> Path | None:
        """The wheel of a key, or None when it is missing or is no longer what was recorded."""
        path = self._place(key) / filename
        if not path.is_file() or sha256_of(path) != sha256:
            return None
        return path

    def add(self, key: str, wheel: Path) -> tuple[Path, str]:
        """Keep a wheel under its key, replacing an earlier one; return its path and sha256.

        It is on the disk when this returns: the journal may then say that it is done.
        """
        place = self._place(key)
        kept = place / wheel.name
        if wheel != kept:
            # Never a moment without a whole wheel: the new one is there before the old one goes.
            write_durably(kept, wheel, parts=self.folder)
            for other in place.iterdir():
                if other != kept:
                    other.unlink()
            sync_folder(self.folder)
        return kept, sha256_of(kept)

    def sweep(self) -> int:
        """Remove what killed runs left half written; return how many files that were."""
        return remove_parts(self.folder)

    def others(self, keys: Iterable[str]) -> tuple[Path, ...]:
        """The folders of all keys but these."""
        needed = {self._place(key) for key in keys}
        there = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return tuple(folder for folder in there if folder not in needed)


def point(link: Path, kept: Path) -> None:
    """Let a port's link lead to its wheel: never a moment without one, where there was one.

    Relative, so that a workspace may be moved.
    """
    wanted = os.path.relpath(kept, link.parent)
    if link.is_symlink() and str(link.readlink()) == wanted:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    part = link.with_name(f"{PART}{link.name}")
    part.unlink(missing_ok=True)  # of a killed run
    part.symlink_to(wanted)
    part.replace(link)
