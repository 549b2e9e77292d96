"""A folder of finished wheels that pip can use as it is (``--find-links``).

Beside the wheels there is only ``.provenance/``: one JSON file per wheel, which pip does not look
at. Wheels appear under their names whole or not at all, also when the machine loses its power.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.tags import Tag
from packaging.utils import (
    BuildTag,
    InvalidWheelFilename,
    NormalizedName,
    parse_wheel_filename,
)
from packaging.version import Version

from porter.errors import SurroundingsError, UsageError
from porter.index.digest import sha256_of
from porter.wheelhouse.durable import remove_parts, write_durably

_PROVENANCE = ".provenance"

Identity = tuple[NormalizedName, Version, BuildTag, frozenset[Tag]]
"""What a file name says, however its tags are ordered."""


class Wheelhouse:
    """Finished wheels in `folder`, which is made with the first of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(
        self,
        wheel: Path,
        provenance: Mapping[str, Any] | None = None,
        *,
        sha256: str | None = None,
    ) -> Path:
        """Put a copy of a wheel into the folder and return its path there.

        Replaces a wheel of the same name, version and tags, in whatever order its file name has
        the tags. `provenance` (JSON values) tells how the wheel was made; its hash and size are
        added (`sha256`, where it is known). What is there already is not written again.

        Raises `UsageError` for a file whose name is not a wheel's, `SurroundingsError` when it
        cannot be written.
        """
        identity = _identity(wheel.name)
        target = self.folder / wheel.name
        try:
            sha256 = sha256 or sha256_of(wheel)
            there = self.check(wheel.name, sha256)
            if provenance is not None or not there:
                size = wheel.stat().st_size
                self._note(wheel.name, {**(provenance or {}), "sha256": sha256, "size": size})
            if not there:
                self._rename_twins(identity, target)
                write_durably(target, wheel)
        except OSError as error:
            raise SurroundingsError(
                f"{wheel.name} cannot be put into {self.folder}: {error.strerror}",
                hint="Is the disk full, or the folder not yours?",
            ) from error
        return target

    def _note(self, filename: str, facts: Mapping[str, Any]) -> None:
        noted, text = self._provenance(filename), json.dumps(facts, indent=1).encode()
        if not noted.is_file() or noted.read_bytes() != text:
            write_durably(noted, text)

    def _rename_twins(self, identity: Identity, target: Path) -> None:
        """Give what is about to be replaced its new name, so that no kill leaves two of them."""
        for twin in self.files():
            if twin.name != target.name and _identity(twin.name) == identity:
                self._provenance(twin.name).unlink(missing_ok=True)
                twin.replace(target)

    def find(self, filename: str) -> Path | None:
        """The wheel that this name means, in whatever order its tags are; None if there is none."""
        identity = _identity(filename)
        return next((path for path in self.files() if _identity(path.name) == identity), None)

    def check(self, filename: str, sha256: str) -> bool:
        """Whether the wheel is there and has this content."""
        path = self.folder / filename
        return path.is_file() and sha256_of(path) == sha256

    def provenance(self, filename: str) -> Mapping[str, Any] | None:
        """What was noted when the wheel was published; None if nothing was."""
        path = self._provenance(filename)
        if not path.is_file():
            return None
        facts: Mapping[str, Any] = json.loads(path.read_bytes())
        return facts

    def files(self) -> tuple[Path, ...]:
        """All wheels, by name. Files whose names are not a wheel's are somebody else's."""
        paths = sorted(self.folder.glob("*.whl")) if self.folder.is_dir() else []
        return tuple(path for path in paths if path.is_file() and _is_wheel_name(path.name))

    def sweep(self) -> int:
        """Remove what killed runs left half written; return how many files that were."""
        return remove_parts(self.folder) + remove_parts(self.folder / _PROVENANCE)

    def _provenance(self, filename: str) -> Path:
        return self.folder / _PROVENANCE / f"{filename}.json"


def _identity(filename: str) -> Identity:
    try:
        return parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise UsageError(f"{filename!r} is not the name of a wheel") from error


def _is_wheel_name(filename: str) -> bool:
    try:
        parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return False
    return True
