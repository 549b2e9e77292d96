"""Which crates a source tree needs that do not lie in it. Executes nothing."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from porter.crates.lock import RULE, VENDOR, Crate, read_lock
from porter.engine import read_bounded
from porter.errors import StepFailed
from porter.phrases import first_of

_LIMIT = 16 << 20
# Crates of the package's own tests and benchmarks, with locks of their own.
_ASIDE = re.compile(r"(bench(e|mark)?|doc|example|fuzz|test)s?([ _.-].*)?")
_CHECKSUM = ".cargo-checksum.json"
_CONFIGURATIONS = ("config.toml", "config")
# What makes a source one that needs no network (the Cargo book, "Source Replacement").
_ON_DISK = ("directory", "local-registry")
_DEPENDENCIES = ("dependencies", "build-dependencies", "dev-dependencies")
_SHOWN = 3


@dataclass(slots=True)
class _Found:
    locks: list[Path] = field(default_factory=list)
    manifests: list[Path] = field(default_factory=list)
    vendored: set[str] = field(default_factory=set)
    """sha256 of the crates that lie there."""
    replaces: bool = False
    """Whether its own configuration of cargo names a folder of crates."""


def wanted(source: Path) -> tuple[Crate, ...]:
    """The crates that the locks of a source tree name and that are not vendored in it.

    None where its own configuration of cargo says where its crates lie. Raises `StepFailed` for
    a lock porter cannot go by, and where there should be one and is none.
    """
    found = _look(source)
    if found.replaces:
        return ()
    crates = {
        crate
        for lock in found.locks
        for crate in read_lock(_read(lock), str(lock.relative_to(source)))
        if crate.sha256 not in found.vendored
    }
    if not found.locks and not found.vendored:
        _need_no_lock(found.manifests)
    return tuple(sorted(crates))


def _look(source: Path) -> _Found:
    found = _Found()
    for name, folders, files in os.walk(source):
        place = Path(name)
        if _CHECKSUM in files:
            found.vendored |= _sums(place / _CHECKSUM)
            folders.clear()  # a vendored crate's own lock is of no use to it
            continue
        folders[:] = [each for each in folders if not _ASIDE.fullmatch(each)]
        found.locks += [place / "Cargo.lock"] if "Cargo.lock" in files else []
        found.manifests += [place / "Cargo.toml"] if "Cargo.toml" in files else []
        if place.name == ".cargo":
            found.replaces |= any(_replaces(place / file) for file in _CONFIGURATIONS)
    return found


def _sums(path: Path) -> set[str]:
    try:
        told = json.loads(_read(path))
    except (ValueError, RecursionError):
        return set()  # cargo says what is wrong with it
    package = told.get("package") if isinstance(told, dict) else None
    return {package} if isinstance(package, str) else set()


def _replaces(path: Path) -> bool:
    sources = _tables(path).get("source")
    return isinstance(sources, dict) and any(
        isinstance(entry, dict) and any(key in entry for key in _ON_DISK)
        for entry in sources.values()
    )


def _need_no_lock(manifests: list[Path]) -> None:
    """Raise `StepFailed` unless cargo has nothing to choose a version of."""
    needed = sorted(set(chain.from_iterable(_required(_tables(path)) for path in manifests)))
    if needed:
        raise StepFailed(
            f"it needs crates ({first_of(needed, _SHOWN)}), and its source has no "
            "Cargo.lock, which says what exactly is to be fetched",
            hint="Add a Cargo.lock to it by a patch of a recipe (cargo generate-lockfile makes "
            f"one). {VENDOR}",
            final=True,
            rule=RULE,
        )


def _required(manifest: Mapping[str, Any]) -> Iterator[str]:
    """The crates a manifest takes from a registry."""
    targets = manifest.get("target")
    tables = [manifest, manifest.get("workspace"), *(_values(targets))]
    for table in tables:
        for kind in _DEPENDENCIES:
            entries = table.get(kind) if isinstance(table, dict) else None
            for name, entry in entries.items() if isinstance(entries, dict) else ():
                if not isinstance(entry, dict) or not ({"path", "workspace"} & entry.keys()):
                    yield name


def _values(table: object) -> list[Any]:
    return list(table.values()) if isinstance(table, dict) else []


def _tables(path: Path) -> dict[str, Any]:
    """A TOML file; empty for none, and for one that cargo will refuse."""
    try:
        return tomllib.loads(_read(path).decode())
    except (ValueError, RecursionError):
        return {}


def _read(path: Path) -> bytes:
    return read_bounded(path, limit=_LIMIT) or b""
