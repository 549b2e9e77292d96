"""Whether a wheel that was built again is the same, byte for byte; and if not, what differs."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

_SHOWN = 10
_BLOCK = 1 << 20
_AROUND = 8


def differences(before: Path, after: Path) -> tuple[str, ...]:
    """What differs between two wheels, in words; empty when they are the same file.

    At most ten lines, the last of them then counts the rest.
    """
    if before.name == after.name and _same(before, after):
        return ()
    lines = list(_lines(before, after))
    if len(lines) > _SHOWN:
        lines[_SHOWN - 1 :] = [f"and {len(lines) - _SHOWN + 1} more"]
    return tuple(lines)


def _same(before: Path, after: Path) -> bool:
    if before.stat().st_size != after.stat().st_size:
        return False
    with before.open("rb") as one, after.open("rb") as other:
        while block := one.read(_BLOCK):
            if block != other.read(_BLOCK):
                return False
    return True


def _lines(before: Path, after: Path) -> Iterator[str]:
    if before.name != after.name:
        yield f"its name was {before.name}"
    with zipfile.ZipFile(before) as one, zipfile.ZipFile(after) as other:
        old, new = set(one.namelist()), set(other.namelist())
        yield from (f"{name} is gone" for name in sorted(old - new))
        yield from (f"{name} is new" for name in sorted(new - old))
        members = [
            _first(name, one.read(name), other.read(name))
            for name in sorted(old & new)
            if one.getinfo(name).CRC != other.getinfo(name).CRC
        ]
        yield from members
    if old == new and not members:
        yield "every file in it is the same; the archive around them differs"


def _first(name: str, old: bytes, new: bytes) -> str:
    """Where a member first differs, with the bytes there."""
    place = next(
        (number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]),
        min(len(old), len(new)),
    )
    start = max(0, place - _AROUND)
    was, now = old[start : place + _AROUND], new[start : place + _AROUND]
    return f"{name} differs from byte {place} on: {was!r} was, {now!r} is"
