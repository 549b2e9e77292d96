"""The ``project`` table of a pyproject.toml (PEP 621), and the core metadata it promises."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

_DECISIVE = ("version", "requires-python", "dependencies", "optional-dependencies")


def table_of(pyproject: bytes | None, name: str) -> dict[str, Any]:
    """A table at the top of a pyproject.toml; empty where there is none of use."""
    try:
        table = tomllib.loads((pyproject or b"").decode()).get(name)
    except (ValueError, RecursionError):  # tomllib's own, and of what is hostile
        return {}
    return table if isinstance(table, dict) else {}


def stated_metadata(pyproject: bytes | None) -> bytes | None:
    """Core metadata, where the table leaves nothing that matters to the backend; else None."""
    table = table_of(pyproject, "project")
    dynamic = table.get("dynamic", [])
    if not isinstance(dynamic, list) or any(field in dynamic for field in _DECISIVE):
        return None
    if not isinstance(table.get("name"), str) or not isinstance(table.get("version"), str):
        return None
    try:
        lines = list(_lines(table))
    except (InvalidRequirement, RecursionError, TypeError, ValueError, AttributeError):
        return None
    if any("\n" in line or "\r" in line for line in lines):
        return None
    return ("\n".join(lines) + "\n").encode()


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    yield "Metadata-Version: 2.2"
    yield f"Name: {table['name']}"
    yield f"Version: {table['version']}"
    if "requires-python" in table:
        yield f"Requires-Python: {table['requires-python']}"
    for text in _list(table.get("dependencies", [])):
        yield f"Requires-Dist: {text}"
    for extra, texts in table.get("optional-dependencies", {}).items():
        yield f"Provides-Extra: {extra}"
        for text in _list(texts):
            yield f"Requires-Dist: {_for_extra(text, extra)}"


def _list(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _for_extra(text: str, extra: str) -> str:
    requirement = Requirement(text)
    marker = f'extra == "{extra}"'
    joined = f"({requirement.marker}) and {marker}" if requirement.marker else marker
    requirement.marker = None
    return f"{requirement} ; {joined}"
