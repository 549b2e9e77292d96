"""Folders made once, named by what they are made of."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from porter.engine.owner import Owner
from porter.engine.stage import stage, sweep


def digest(*parts: object) -> str:
    """``sha256:…`` of JSON-able parts, in their order; mappings are sorted."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def place(cache: Path, kind: str, identity: str) -> Path:
    """Where the folder of this kind and identity is, or would be."""
    return cache / f"{kind}-{identity.removeprefix('sha256:')[:24]}"


def folder(cache: Path, kind: str, identity: str, make: Callable[[Path], None]) -> Path:
    """The folder of this kind and identity, made by ``make`` where it is not there yet.

    It appears under its name whole or not at all; of two that make it at once, one wins.
    """
    there = place(cache, kind, identity)
    if there.is_dir():
        return there
    cache.mkdir(parents=True, exist_ok=True)
    owner = Owner.current()
    sweep(cache, owner, f".{kind}-")
    with stage(owner, cache, f".{kind}-") as scratch:
        draft = scratch / "draft"
        draft.mkdir()
        make(draft)
        draft.chmod(0o755)
        _publish(draft, there)
    return there


def _publish(draft: Path, place: Path) -> None:
    try:
        os.rename(draft, place)  # noqa: PTH104 - Path.rename is the same; its error is what counts
    except OSError:
        if not place.is_dir():
            raise


def remove(place: Path) -> None:
    """Remove a folder with all that is in it."""
    shutil.rmtree(place)


def write(place: Path, files: Mapping[str, str]) -> None:
    """Write texts below a folder, by their relative paths."""
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
