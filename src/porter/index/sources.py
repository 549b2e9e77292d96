"""Which package indexes porter asks: flags, else what pip and uv are configured for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from porter.errors import UsageError
from porter.index.layers import Layer, Named
from porter.index.pipconfig import pip_layer
from porter.index.public import public_index
from porter.index.urls import Credentials, path_of, shown
from porter.index.uvconfig import uv_layer


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """The indexes to ask, in order. Addresses may hold a password and are not in the repr."""

    indexes: tuple[tuple[str, str], ...] = field(repr=False)
    """Name and address (``http``, ``https`` or ``file``) of each simple index."""
    find_links: tuple[str, ...] = field(default=(), repr=False)
    """Folders with wheels and sdists, or addresses of HTML pages that link to some."""
    credentials: Mapping[str, Credentials] = field(default_factory=dict, repr=False)
    """By origin; they go before those in the addresses."""


def discover(
    *,
    environ: Mapping[str, str],
    index_url: str | None = None,
    extra: Iterable[str] = (),
    find_links: Iterable[str] = (),
    pip_files: Iterable[Path] | None = None,
    uv_files: Iterable[Path] | None = None,
) -> IndexSettings:
    """Put flags and configuration together.

    `index_url` takes the place of a configured default index; `extra` and `find_links` are added
    to the configured ones, as pip does. Where both tools are configured, pip's default index
    wins. With nothing configured, the default is `pypi_simple.PYPI_SIMPLE_ENDPOINT`. `pip_files`
    and `uv_files` are configuration files to read instead of those tools' own places. Raises
    `porter.errors.UsageError` for an address of another kind or an unreadable file.
    """
    pip, uv = pip_layer(environ, pip_files), uv_layer(environ, uv_files)
    flags = Layer(Named(index_url) if index_url else None, tuple(Named(u) for u in extra))
    default: Named | None = flags.default or pip.default or uv.default or Named(public_index())
    layers = (flags, pip, uv)
    extras = [named for layer in layers for named in layer.extra]
    if (pip.no_index or uv.no_index) and flags.default is None:
        default, extras = None, list(flags.extra)
    links = [*find_links, *pip.find_links, *uv.find_links]
    return IndexSettings(
        indexes=tuple(_names(default, extras)),
        find_links=tuple(dict.fromkeys(_link(link) for link in links)),
    )


def _names(default: Named | None, extras: Iterable[Named]) -> list[tuple[str, str]]:
    """Give each index a name of its own; an address already taken is not asked twice."""
    named: dict[str, str] = {}
    if default is not None:
        named["default"] = _index(default.url)
    for number, entry in enumerate(extras, start=1):
        url = _index(entry.url)
        name = entry.name if entry.name and entry.name not in named else f"extra-{number}"
        if url not in named.values():
            named[name] = url
    return list(named.items())


def _index(url: str) -> str:
    if "://" not in url and Path(url).expanduser().is_dir():
        url = Path(url).expanduser().absolute().as_uri()
    return _address(url).rstrip("/") + "/"


def _link(link: str) -> str:
    if "://" in link:
        return _address(link)
    if link.startswith("file:"):
        return str(path_of(link) or link)
    return str(Path(link).expanduser().absolute())


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for a port that is no number
        known = (parts.scheme in {"http", "https"} and parts.hostname) or path_of(url)
    except ValueError:
        known = None
    if not known:
        raise UsageError(
            f"not the address of a package index: {shown(url)!r}",
            hint="Accepted: http://…, https://… and file:///….",
        )
    return url
