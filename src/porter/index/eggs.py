"""The dependencies in an ``.egg-info`` folder: setuptools' way before PEP 643.

``requires.txt`` has one requirement per line; a section ``[extra]``, ``[:marker]`` or
``[extra:marker]`` says when those below it count
(https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html#requires-txt).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from porter.index.coremetadata import compose

_SECTION = re.compile(r"\[([^:\]]*)(?::(.*))?\]")
# A requirement with an address holds ";" in it; its marker begins after a blank (PEP 508).
_MARKER = re.compile(r";")
_MARKER_AFTER_URL = re.compile(r"\s;")


def metadata_of(folder: Mapping[str, bytes]) -> bytes | None:
    """Core metadata made of an egg-info folder's files by name; None where it cannot tell.

    setuptools leaves ``requires.txt`` out when there are no requirements; ``SOURCES.txt``, which
    lists the folder's own files, then shows that it was not merely forgotten.
    """
    pkg_info = folder.get("PKG-INFO")
    if pkg_info is None:
        return None
    text = folder.get("requires.txt")
    if text is None:
        sources = folder.get("SOURCES.txt")
        if sources is None or b".egg-info/requires.txt" in sources.replace(b"\\", b"/"):
            return None
        text = b""
    requires, extras = read_requires(text.decode("utf-8", errors="replace"))
    return compose(pkg_info, requires=requires, extras=extras)


def read_requires(text: str) -> tuple[list[str], list[str]]:
    """The lines of a ``requires.txt`` as ``Requires-Dist`` values, and its extras."""
    requires: list[str] = []
    extras: dict[str, None] = {}
    extra, marker = "", ""
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        if section := _SECTION.fullmatch(line):
            extra, marker = section[1].strip(), (section[2] or "").strip()
            if extra:
                extras[extra] = None
        else:
            requires.append(_with_markers(line, extra=extra, marker=marker))
    return requires, list(extras)


def _with_markers(line: str, *, extra: str, marker: str) -> str:
    splitter = _MARKER_AFTER_URL if "://" in line else _MARKER
    requirement, *own = map(str.strip, splitter.split(line, maxsplit=1))
    markers = [f"({part})" for part in (*own, marker) if part]
    markers += [f'extra == "{extra}"'] if extra else []
    if len(markers) == 1:
        markers = [markers[0].removeprefix("(").removesuffix(")") if not extra else markers[0]]
    return f"{requirement} ; {' and '.join(markers)}" if markers else requirement
