"""Fetches crates, by the sha256 of a lock, from where the user's cargo gets them.

How a registry names its files: https://doc.rust-lang.org/cargo/reference/registry-index.html.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from porter.crates.configuration import Configuration, Folder, Sparse
from porter.crates.lock import VENDOR, Crate
from porter.errors import IndexUnavailable, StepFailed
from porter.index.download import Downloads
from porter.index.http import CONNECTIONS, Http, Offline, TooLarge
from porter.index.urls import may_lead_to, shown
from porter.model import CRATE
from porter.toolchain import CratesIo

UNREACHABLE = "crate-registry"
"""The kind of failure (`porter.diagnose`) that a registry is which cannot be reached."""

_LIMIT = 1 << 20
_MARKERS = ("{crate}", "{version}", "{prefix}", "{lowerprefix}", "{sha256-checksum}")


@dataclass(frozen=True, slots=True)
class _Archive:
    """A crate's file, as `Downloads` takes it."""

    filename: str
    url: str
    sha256: str
    index: str = CRATE
    size: int | None = None
    direct: bool = True


@dataclass(frozen=True, slots=True)
class Supply:
    """Crates, fetched and checked."""

    archives: Mapping[Crate, Path]
    crates_io: str
    """How locks write cargo's own registry (`Crate.source`)."""
    registries: Mapping[str, str] = field(default_factory=dict)
    """The index of each other one, by the name it has in manifests."""


class Registries:
    """The registries of the user's configuration of cargo. Thread-safe."""

    def __init__(
        self, configuration: Callable[[], Configuration], http: Http, downloads: Downloads
    ) -> None:
        self._configuration = configuration
        self._http = http
        self._downloads = downloads
        self._templates: dict[str, str] = {}
        self._lock = threading.Lock()

    def fetch(self, crates: Sequence[Crate], own: CratesIo) -> Supply:
        """The archives of crates, each with the sha256 that is asked for.

        `own` is what cargo knows of its own registry.

        Raises:
            StepFailed: a registry cannot be reached, is not known, or serves something else.
            UsageError: the user's configuration of cargo cannot be understood.
        """
        found = {crate: self._downloads.find(crate.sha256, _filename(crate)) for crate in crates}
        missing = [crate for crate, path in found.items() if path is None]
        held = {crate: path for crate, path in found.items() if path is not None}
        configuration = self._configuration()
        fetched = self._get(missing, configuration, own) if missing else {}
        named = configuration.named({crate.source for crate in crates})
        return Supply(held | fetched, own.locked, named)

    def _get(
        self, missing: Sequence[Crate], configuration: Configuration, own: CratesIo
    ) -> dict[Crate, Path]:
        places = {crate.source: configuration.place(crate.source, own) for crate in missing}
        try:
            archives = [self._archive(crate, places[crate.source]) for crate in missing]
            with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="crates") as pool:
                return dict(zip(missing, _all(pool, self._downloads, archives), strict=True))
        except IndexUnavailable as error:
            raise _unreachable(missing, error) from error

    def _archive(self, crate: Crate, place: Sparse | Folder) -> _Archive:
        filename = _filename(crate)
        if isinstance(place, Folder):
            return _Archive(filename, (place.path / filename).absolute().as_uri(), crate.sha256)
        return _Archive(filename, address(self._template(place), crate), crate.sha256)

    def _template(self, registry: Sparse) -> str:
        """The ``dl`` of a registry's config.json, asked for once."""
        with self._lock:
            if registry.url not in self._templates:
                self._templates[registry.url] = self._asked(registry)
            return self._templates[registry.url]

    def _asked(self, registry: Sparse) -> str:
        url = f"{registry.url}config.json"
        try:
            reply = self._http.get(url, limit=_LIMIT)
            told = json.loads(reply.body) if reply.status == 200 else None
        except (TooLarge, ValueError, RecursionError):
            told = None
        template = told.get("dl") if isinstance(told, dict) else None
        if not isinstance(template, str) or not may_lead_to(url, template):
            raise IndexUnavailable(f"{shown(url)} is not the configuration of a registry")
        return template


def address(template: str, crate: Crate) -> str:
    """Where a registry with that ``dl`` has a crate's file."""
    if not any(marker in template for marker in _MARKERS):
        template = f"{template.removesuffix('/')}/{{crate}}/{{version}}/download"
    prefix = _prefix(crate.name)
    values = (crate.name, quote(crate.version, safe=""), prefix, prefix.lower(), crate.sha256)
    for marker, value in zip(_MARKERS, values, strict=True):
        template = template.replace(marker, value)
    return template


def _prefix(name: str) -> str:
    """The folder a registry's index keeps a name in."""
    if len(name) <= 2:
        return str(len(name))
    return f"3/{name[0]}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}"


def _filename(crate: Crate) -> str:
    return f"{crate.folder}.crate"


def _all(
    pool: ThreadPoolExecutor, downloads: Downloads, archives: Iterable[_Archive]
) -> Iterable[Path]:
    """The paths, in order; what waits is dropped when one fails."""
    under_way = [pool.submit(downloads.fetch, archive) for archive in archives]
    try:
        return [each.result() for each in under_way]
    finally:
        for each in under_way:
            each.cancel()


def _unreachable(missing: Sequence[Crate], error: IndexUnavailable) -> StepFailed:
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return StepFailed(
        f"it needs the crate {missing[0]}{more}, and their registry cannot be reached: "
        f"{error.message}",
        hint=error.hint
        if isinstance(error, Offline)
        else "Let your configuration of cargo name a registry that answers "
        f"(source.crates-io.replace-with in ~/.cargo/config.toml). {VENDOR}",
        final=True,
        rule=UNREACHABLE,
    )
