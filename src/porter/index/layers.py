"""One source of index settings: a tool's files and variables, or flags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Named:
    """The address of an index (which may hold a password, so it is never shown) and its name."""

    url: str = field(repr=False)
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source says. `extra` and `find_links` keep its order."""

    default: Named | None = None
    extra: tuple[Named, ...] = ()
    find_links: tuple[str, ...] = field(default=(), repr=False)
    no_index: bool = False


def home(environ: Mapping[str, str]) -> Path:
    """The user's home folder."""
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()
