"""Compiled files that a source archive has ready-made, which a wheel carries as data.

Programs for every platform there is (PuLP's solvers), for a kernel or a GPU, libraries to be put
into other processes: nothing of the build, and meant to be as they are. A module that Python would
import is not: where a source has one, its author has left it there.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Collection
from pathlib import Path

from porter.environment import open_wheel
from porter.index.archives import files_in
from porter.index.coremetadata import MetadataError
from porter.model import Platform
from porter.repair.elf import Machine, read_elf
from porter.repair.members import machine_of

_LARGEST = 128 << 20
"""Bytes; what is larger is not looked for in the archive."""
# https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES
_EXTENSION = re.compile(r"\.(cpython-|abi3\.|pypy)[^/]*$")


def ready_made(wheel: Path, sdist: Path, platform: Platform) -> dict[str, Machine]:
    """The files of a wheel that are data, by their names in it, and the machines they are for.

    Each is byte for byte a file of the source archive, and in order, since auditwheel will read it
    and believe it. A wheel for one platform has no such file
    for that platform: what is for it there is repaired. Raises `StepFailed` for what is no wheel.
    """
    machines: dict[str, Machine] = {}
    contents: dict[str, tuple[int, bytes]] = {}
    with open_wheel(wheel) as (archive, checked):
        own = None if checked.is_pure else Machine.of(platform.arch)
        for name in checked.names:
            machine = machine_of(archive, name)
            if machine is None or machine == own or archive.getinfo(name).file_size > _LARGEST:
                continue
            content = archive.read(name)
            if not _is_module(name, content) and _is_sound(content):
                machines[name] = machine
                contents[name] = (len(content), hashlib.sha256(content).digest())
    shipped = _shipped(sdist, {size for size, _ in contents.values()})
    return {name: machines[name] for name, (_, digest) in contents.items() if digest in shipped}


def _is_module(name: str, content: bytes) -> bool:
    """Whether its name or its initialisation function (PEP 489) says so."""
    return name.endswith(".so") and (bool(_EXTENSION.search(name)) or b"PyInit" in content)


def _is_sound(content: bytes) -> bool:
    try:
        read_elf(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - a hostile file can make the parser fail in any way
        return False
    return True


def _shipped(sdist: Path, sizes: Collection[int]) -> frozenset[bytes]:
    """The digests of the archive's files of these sizes; none where it cannot be read."""
    if not sizes:
        return frozenset()
    try:
        return frozenset(
            hashlib.sha256(member.read(member.size)).digest()
            for member in files_in(sdist)
            if member.size in sizes
        )
    except MetadataError:
        return frozenset()
