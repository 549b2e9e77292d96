"""Where the user's cargo gets crates from: https://doc.rust-lang.org/cargo/reference/config.html.

Read are ``config.toml`` (or ``config``) in ``CARGO_HOME``, and ``CARGO_REGISTRIES_NAME_INDEX``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from porter.errors import StepFailed, UsageError
from porter.index.layers import home
from porter.index.urls import shown
from porter.toolchain import CratesIo

CRATES_IO = "crates-io"
"""What cargo calls its own registry in its configuration."""

_SPARSE = "sparse+"
_INDEX = ("CARGO_REGISTRIES_", "_INDEX")


@dataclass(frozen=True, slots=True)
class Sparse:
    """A registry that answers by HTTP, file by file."""

    name: str
    """For messages."""
    url: str = field(repr=False)
    """Ends with a slash."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A local registry: a folder with archives of crates in it."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the user's configuration says of sources and registries."""

    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)
    """The ``[source]`` tables, by name."""
    registries: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The ``index`` of ``[registries]``, by name."""
    base: Path = Path()
    """What relative paths in it start from."""

    def place(self, source: str, own: CratesIo) -> Sparse | Folder:
        """Where to get the crates that a lock says are from `source`.

        `own` is what cargo itself knows. A lock is a stranger's: only registries that cargo or
        the configuration knows are asked. Raises `StepFailed` for any other, and for kinds that
        porter does not read.
        """
        name, address = self._start(source, own)
        passed = {name}
        while (following := self.sources.get(name, {}).get("replace-with")) is not None:
            if following in passed:
                raise _refused(f"source.{following} is replaced with itself")
            name, address = following, None
            passed.add(name)
        return self._end(name, address)

    def named(self, sources: Collection[str]) -> dict[str, str]:
        """The index of each registry among the sources of a lock, by its name in manifests."""
        return {n: index for n, index in self.registries.items() if _as_locked(index) in sources}

    def _start(self, source: str, own: CratesIo) -> tuple[str, str | None]:
        if source in {own.locked, own.index}:
            return CRATES_IO, own.index
        for name, entry in self.sources.items():
            if _as_locked(entry.get("registry", "")) == source:
                return name, None
        for name, index in self.registries.items():
            if _as_locked(index) == source:
                return name, index
        raise StepFailed(
            f"its Cargo.lock names the registry {shown(_bare(source))}, which your configuration "
            "of cargo does not",
            hint="If you trust it, give it a name there ([registries] in ~/.cargo/config.toml).",
            final=True,
        )

    def _end(self, name: str, address: str | None) -> Sparse | Folder:
        entry = self.sources.get(name, {})
        if (folder := entry.get("local-registry")) is not None:
            return Folder(name, self.base / folder)
        index = address or entry.get("registry") or self.registries.get(name)
        if index is None:
            raise _refused(f"source.{name} is neither a registry nor a local registry")
        if not index.startswith(_SPARSE):
            raise _refused(f"the index of {name} is a git repository")
        bare = _bare(index)
        return Sparse(name, bare if bare.endswith("/") else f"{bare}/")


def read_configuration(environ: Mapping[str, str]) -> Configuration:
    """The user's configuration; `porter.errors.UsageError` for a file that cannot be understood."""
    folder = Path(environ.get("CARGO_HOME") or home(environ) / ".cargo")
    # Where both are there, cargo reads the one without an ending.
    path = next((p for p in (folder / "config", folder / "config.toml") if p.is_file()), None)
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")) if path else {}
        sources = {name: _strings(entry) for name, entry in told.get("source", {}).items()}
        tables = {name: _strings(entry) for name, entry in told.get("registries", {}).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{path} is not a configuration cargo could read ({type(error).__name__})",
            hint="Mend it, or let CARGO_HOME name another folder.",
        ) from error
    registries = {name: entry["index"] for name, entry in tables.items() if "index" in entry}
    known = {*registries, *(entry.get("replace-with", "") for entry in sources.values())}
    registries |= dict(_from_environment(environ, known))
    return Configuration(sources, registries, folder.parent)


def _from_environment(environ: Mapping[str, str], known: set[str]) -> Iterator[tuple[str, str]]:
    """Registries by the names the configuration knows, else in lower case as one writes them."""
    spelled = {name.upper().replace("-", "_"): name for name in known}
    start, end = _INDEX
    for key, value in environ.items():
        if key.startswith(start) and key.endswith(end) and value:
            name = key.removeprefix(start).removesuffix(end)
            yield spelled.get(name, name.lower().replace("_", "-")), value


def _strings(entry: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in entry.items() if isinstance(value, str)}


def _as_locked(index: str) -> str:
    """An index as locks name it."""
    return index if index.startswith(_SPARSE) else f"registry+{index}"


def _bare(source: str) -> str:
    return source.partition("+")[2] if "+" in source.partition(":")[0] else source


def _refused(why: str) -> StepFailed:
    return StepFailed(
        f"its crates cannot be fetched: by your configuration of cargo, {why}",
        hint="Let source.crates-io.replace-with name a sparse registry (sparse+https://…) or a "
        "local registry.",
        final=True,
    )
