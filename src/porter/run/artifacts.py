"""Finished wheels by key. With the journal they are what "done" means."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from porter.index.digest import sha256_of


class Artifacts:
    """A folder per key that holds one wheel; it is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _place(self, key: str) -> Path:
        return self._folder / key.removeprefix("sha256:")

    def find(self, key: str, *, filename: str, sha256: str) -> Path | None:
        """The wheel of a key, or None when it is missing or is no longer what was recorded."""
        path = self._place(key) / filename
        if not path.is_file() or sha256_of(path) != sha256:
            return None
        return path

    def add(self, key: str, wheel: Path) -> tuple[Path, str]:
        """Keep a wheel under its key, replacing an earlier one; return its path and sha256."""
        place = self._place(key)
        if wheel.parent == place:
            return wheel, sha256_of(wheel)
        staging = place.with_name(f"{place.name}.{os.getpid()}.part")
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        try:
            copy = staging / wheel.name
            shutil.copyfile(wheel, copy)
            with copy.open("rb") as stream:
                os.fsync(stream.fileno())
            shutil.rmtree(place, ignore_errors=True)
            staging.rename(place)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        kept = place / wheel.name
        return kept, sha256_of(kept)
