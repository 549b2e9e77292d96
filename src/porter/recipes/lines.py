"""Finds the line of a key in a TOML file, which `tomllib` does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HEADER = re.compile(r"\s*\[{1,2}\s*(?P<name>[^\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(
    r"\s*(?P<key>(?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"))*)\s*="
)


def line_of(text: str, *, table: tuple[str, ...], place: int, keys: tuple[str, ...]) -> int:
    """The line (from 1) where a key stands, or the nearest thing above it that can be found.

    ``table`` is the header's dotted name (``("release",)``; empty: the file's top), ``place``
    counts the headers of that name, ``keys`` leads from there to the key.
    """
    wanted = (*table, *keys)
    best, best_depth, entries = 1, 0, -1
    for number, path, is_entry in _places(text, table):
        entries += is_entry
        if table and entries != place:
            continue
        depth = _common(path, wanted)
        if depth > best_depth:
            best, best_depth = number, depth
    return best


def _places(text: str, table: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...], bool]]:
    """Line number, the dotted path of what it begins, and whether that is a header ``table``."""
    header: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if match := _HEADER.match(line):
            header = _split(match["name"])
            yield number, header, header == table
        elif match := _KEY.match(line):
            path = (*header, *_split(match["key"]))
            yield number, path, False
            # An inline table begins its keys on the same line.
            for inner in re.findall(r"[{,]\s*([\w-]+)\s*=", line[match.end() :]):
                yield number, (*path, inner), False


def _split(dotted: str) -> tuple[str, ...]:
    parts = re.findall(r"\"[^\"]*\"|'[^']*'|[\w-]+", dotted)
    return tuple(part.strip("\"'") for part in parts)


def _common(path: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    depth = 0
    for ours, theirs in zip(path, wanted, strict=False):
        if ours != theirs:
            break
        depth += 1
    return depth if depth == len(path) else 0
