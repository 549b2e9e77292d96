"""The package indexes uv is configured for: https://docs.astral.sh/uv/concepts/indexes/."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from porter.errors import UsageError
from porter.index.layers import Layer, Named, home


def uv_layer(environ: Mapping[str, str], files: Iterable[Path] | None = None) -> Layer:
    """What uv's variables and ``uv.toml`` files say about indexes.

    `files` are configuration files in falling precedence; uv's own places by default. Indexes
    marked ``explicit`` are left out: uv uses them for packages pinned to them only. Raises
    `porter.errors.UsageError` for a file that cannot be understood.
    """
    layers = [_from_environment(environ)]
    layers += [_from_file(path) for path in (config_files(environ) if files is None else files)]
    return Layer(
        default=next((layer.default for layer in layers if layer.default), None),
        extra=tuple(named for layer in layers for named in layer.extra),
        find_links=tuple(link for layer in layers for link in layer.find_links),
        no_index=any(layer.no_index for layer in layers),
    )


def config_files(environ: Mapping[str, str]) -> list[Path]:
    """Where uv looks outside of a project on a POSIX system, in falling precedence."""
    if environ.get("UV_NO_CONFIG"):
        return []
    if own := environ.get("UV_CONFIG_FILE"):
        return [Path(own)]
    config = environ.get("XDG_CONFIG_HOME") or home(environ) / ".config"
    folders = [d for d in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep) if d]
    system = (Path(folder, "uv", "uv.toml") for folder in [*folders, "/etc"])
    first = next((path for path in system if path.is_file()), None)
    return [Path(config) / "uv" / "uv.toml", *([first] if first else [])]


def _from_environment(environ: Mapping[str, str]) -> Layer:
    default = environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL")
    extra = [*environ.get("UV_INDEX", "").split(), *environ.get("UV_EXTRA_INDEX_URL", "").split()]
    links = environ.get("UV_FIND_LINKS", "").split(",")
    return Layer(
        default=_named(default.strip()) if default and default.strip() else None,
        extra=tuple(_named(text) for text in extra),
        find_links=tuple(link.strip() for link in links if link.strip()),
        no_index=environ.get("UV_NO_INDEX", "").lower() in {"1", "true", "yes", "on"},
    )


def _named(text: str) -> Named:
    """Read ``url`` or ``name=url``; a name cannot hold what begins an address."""
    name, equals, url = text.partition("=")
    if equals and not set(name) & set(":/?"):
        return Named(url, name)
    return Named(text)


def _from_file(path: Path) -> Layer:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return Layer()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}", hint="Mend it.") from None
    nested = table.get("pip")
    merged = {**(nested if isinstance(nested, dict) else {}), **table}
    return _from_table(merged, path)


def _from_table(table: Mapping[str, Any], path: Path) -> Layer:
    indexes = [_entry(entry, path) for entry in _list(table, "index", path)]
    shared = [(named, default) for named, default, explicit in indexes if not explicit]
    extra = [named for named, default in shared if not default]
    extra += [Named(_text(url, path)) for url in _list(table, "extra-index-url", path)]
    default = next((named for named, default in shared if default), None)
    if default is None and "index-url" in table:
        default = Named(_text(table["index-url"], path))
    links = [_text(link, path) for link in _list(table, "find-links", path)]
    return Layer(default, tuple(extra), tuple(links), table.get("no-index") is True)


def _entry(entry: Any, path: Path) -> tuple[Named, bool, bool]:
    if not isinstance(entry, dict) or "url" not in entry:
        raise _malformed(path, "[[index]] needs a url")
    name = entry.get("name")
    named = Named(_text(entry["url"], path), None if name is None else _text(name, path))
    return named, entry.get("default") is True, entry.get("explicit") is True


def _list(table: Mapping[str, Any], key: str, path: Path) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise _malformed(path, f"{key} has to be a list")
    return value


def _text(value: Any, path: Path) -> str:
    if not isinstance(value, str):
        raise _malformed(path, "an index's name and url have to be strings")
    return value


def _malformed(path: Path, what: str) -> UsageError:
    return UsageError(f"{path}: {what}", hint="uv's reference describes this file: uv help.")
