"""Give extension modules the names under which the target's Python looks for them (PEP 3149).

A backend may take the suffix from the Python that runs it, whatever it compiles for: maturin before
0.10 names a module for AArch64 ``orjson.cpython-39-x86_64-linux-gnu.so``, which nothing imports.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from porter.environment import WheelContents, open_wheel
from porter.model import ARCHITECTURES, Architecture
from porter.repair.elf import Machine
from porter.repair.members import copy_with, machine_of

_SUFFIX = re.compile(r"(?P<named>.*\.cpython-\d+\w*)-(?P<triple>[\w-]+)\.so")
_TRIPLES = frozenset(arch.triple for arch in ARCHITECTURES.values())


def with_own_suffixes(wheel: Path, arch: Architecture, work: Path) -> Path:
    """A wheel whose modules for `arch` are named for it.

    The wheel itself where they are; else a copy of the same name in a new folder in `work`.
    """
    with open_wheel(wheel) as (archive, contents):
        renamed = dict(_renamed(archive, contents, arch))
        if not renamed:
            return wheel
        copy = work / "suffixes" / wheel.name
        copy.parent.mkdir()
        copy_with(archive, contents, copy, renamed=renamed)
    return copy


def _renamed(
    archive: zipfile.ZipFile, contents: WheelContents, arch: Architecture
) -> Iterator[tuple[str, str]]:
    for name in contents.names:
        found = _SUFFIX.fullmatch(name)
        if found is None or found["triple"] not in _TRIPLES - {arch.triple}:
            continue
        own = f"{found['named']}-{arch.triple}.so"
        if own not in contents.names and machine_of(archive, name) == Machine.of(arch):
            yield name, own
