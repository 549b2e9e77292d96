"""The shape of a graph file. Keys it does not know are left alone: a newer porter adds some."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

SCHEMA = 1
"""Raised when an older porter could no longer read the file rightly."""


class TargetDoc(Struct, frozen=True):
    """``target``: what was asked for."""

    requirements: tuple[str, ...]
    arch: str
    policy: str
    pythons: tuple[str, ...]
    notes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    exclude_newer: str | None = None
    """ISO 8601 with a time zone."""
    from_source: tuple[str, ...] = ()
    prefer: Literal["newest", "ported"] = "newest"
    prereleases: bool = False
    wheels_only: tuple[str, ...] = ()
    build_arch: str = ""
    """Empty: x86_64."""


class ArtifactDoc(Struct, frozen=True):
    """A file by index name, file name and hash; by address too if it was asked for by it."""

    index: str
    filename: str
    sha256: str
    size: int | None = None
    upload_time: str | None = None
    """ISO 8601 with a time zone."""
    url: str | None = None


class NodeDoc(Struct, frozen=True):
    """An entry of ``nodes``; ``platform`` holds the side."""

    id: str
    name: str
    version: str
    python: str
    platform: Literal["target", "build"]
    state: Literal["available", "port", "no-source", "built", "failed", "blocked"]
    reason: str
    source: ArtifactDoc | None = None
    wheel: ArtifactDoc | None = None
    recipe: str | None = None
    target_wheel: ArtifactDoc | None = None
    requires: tuple[str, ...] = ()
    executed: tuple[str, ...] = ()
    obstacle: str | None = None
    warnings: tuple[str, ...] = ()


class EdgeDoc(Struct, frozen=True):
    """An entry of ``edges``."""

    start: str = field(name="from")
    end: str = field(name="to")
    kind: Literal["install", "build"]
    requirement: str
