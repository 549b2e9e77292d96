"""What a wheel's ``WHEEL`` file says of whom it serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

Restate = Callable[[str, str, str], str]
"""From the interpreter, ABI and platform of a tag to the tag in its place."""

_TAG = re.compile(rb"^Tag: *([^-\s]+)-([^-\s]+)-(\S+)", re.MULTILINE)


def restated(metadata: bytes, restate: Restate) -> bytes:
    """A ``WHEEL`` file with other tags in the place of its own, none of them twice."""

    def line(match: re.Match[bytes]) -> bytes:
        return f"Tag: {restate(*(part.decode() for part in match.groups()))}".encode()

    lines = _TAG.sub(line, metadata).splitlines(keepends=True)
    return b"".join(_without_repeats(lines))


def _without_repeats(lines: Iterable[bytes]) -> Iterator[bytes]:
    seen = set()
    for line in lines:
        if not line.startswith(b"Tag:") or line not in seen:
            yield line
        seen.add(line)
