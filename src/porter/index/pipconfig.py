"""The package indexes pip is configured for: https://pip.pypa.io/en/stable/topics/configuration/.

Files are read in pip's order (global, user, site, ``PIP_CONFIG_FILE``), a later one replacing a
key of an earlier one; ``[download]`` and ``[install]`` stand above ``[global]``, and ``PIP_*``
variables above all files.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from porter.errors import UsageError
from porter.index.layers import Layer, Named, home

_SECTIONS = ("global", "download", "install")
_TRUE = frozenset({"1", "true", "t", "yes", "y", "on"})


def pip_layer(environ: Mapping[str, str], files: Iterable[Path] | None = None) -> Layer:
    """What pip's files and variables say about indexes.

    `files` are configuration files in rising precedence; pip's own places by default. Raises
    `porter.errors.UsageError` for a file that cannot be understood.
    """
    values: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for path in config_files(environ) if files is None else files:
        for section, entries in _read(path).items():
            values[section].update(entries)
    merged = {key: text for section in _SECTIONS for key, text in values[section].items()}
    merged |= _from_environment(environ)
    default = merged.get("index-url", "").strip()
    return Layer(
        default=Named(default) if default else None,
        extra=tuple(Named(url) for url in merged.get("extra-index-url", "").split()),
        find_links=tuple(merged.get("find-links", "").split()),
        no_index=merged.get("no-index", "").strip().lower() in _TRUE,
    )


def config_files(environ: Mapping[str, str]) -> list[Path]:
    """Where pip looks on a POSIX system, in rising precedence."""
    own = environ.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    folders = [d for d in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep) if d]
    paths = [Path(folder, "pip", "pip.conf") for folder in reversed(folders)]
    paths.append(Path("/etc/pip.conf"))
    if not (own and Path(own).exists()):
        paths.append(home(environ) / ".pip" / "pip.conf")
        config = environ.get("XDG_CONFIG_HOME") or home(environ) / ".config"
        paths.append(Path(config) / "pip" / "pip.conf")
    paths.append(Path(environ.get("VIRTUAL_ENV") or sys.prefix) / "pip.conf")
    return [*paths, Path(own)] if own else paths


def _read(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return {}
    except (configparser.Error, UnicodeDecodeError) as error:
        # The parser's own message would quote lines, and these may hold a password.
        raise UsageError(
            f"{path} is not a configuration file pip could read ({type(error).__name__})",
            hint="Mend it; `pip config debug` shows which files pip reads.",
        ) from None
    return {
        section: {_normal(key): value or "" for key, value in parser.items(section)}
        for section in _SECTIONS
        if parser.has_section(section)
    }


def _from_environment(environ: Mapping[str, str]) -> dict[str, str]:
    return {
        _normal(key[4:]): value
        for key, value in environ.items()
        if key.startswith("PIP_") and value.strip()
    }


def _normal(key: str) -> str:
    return key.lower().replace("_", "-").removeprefix("--")
