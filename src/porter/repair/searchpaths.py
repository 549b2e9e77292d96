"""Take out of a built wheel's ELF files every library folder outside of the wheel.

Packages that say where their libraries lie (``runtime_library_dirs``, CMake's build tree) leave
folders of the build in DT_RUNPATH. On another machine they are nobody's, or somebody else's.
"""

from __future__ import annotations

import subprocess
import zipfile
from collections.abc import Sequence
from pathlib import Path

from porter.environment import open_wheel
from porter.errors import StepFailed
from porter.repair.auditwheel import environment
from porter.repair.elf import MAGIC, search_paths

SECONDS = 300.0


def without_foreign(wheel: Path, work: Path) -> tuple[Path, frozenset[str]]:
    """A wheel whose files look for libraries in the wheel alone, and the folders taken out.

    The wheel itself where there is nothing to take out; else a copy in `work`, which must be
    empty. The copy's RECORD is as it was: whoever publishes it writes a new one. Raises
    `StepFailed` when patchelf fails.
    """
    foreign: set[str] = set()
    changed: dict[str, Path] = {}
    with open_wheel(wheel) as (archive, contents):
        for number, name in enumerate(contents.names):
            file = work / str(number)
            if paths := _paths(archive, name, file):
                kept = [path for path in paths if is_inside(path)]
                foreign.update(path for path in paths if path not in kept)
                if kept != list(paths):
                    _set(file, kept, work)
                    changed[name] = file
        if not changed:
            return wheel, frozenset()
        copy = work / wheel.name
        _write(archive, copy, changed)
    return copy, frozenset(foreign)


def is_inside(path: str) -> bool:
    """Whether a search path starts from where the file itself lies."""
    return path.startswith(("$ORIGIN", "${ORIGIN}"))


def _paths(archive: zipfile.ZipFile, name: str, file: Path) -> tuple[str, ...]:
    """Search paths of an ELF file, which then lies at `file`; none for all else."""
    with archive.open(name) as stream:
        if stream.read(len(MAGIC)) != MAGIC:
            return ()
    file.write_bytes(archive.read(name))
    with file.open("rb") as unpacked:
        return search_paths(unpacked)


def _set(file: Path, paths: Sequence[str], work: Path) -> None:
    change = ("--set-rpath", ":".join(paths)) if paths else ("--remove-rpath",)
    done = subprocess.run(
        ("patchelf", *change, str(file)),
        env=environment(work, 0),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise StepFailed(
            f"patchelf cannot change where a file looks for libraries: {done.stderr.strip()}"
        )


def _write(archive: zipfile.ZipFile, copy: Path, changed: dict[str, Path]) -> None:
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as target:
        for member in archive.infolist():
            file = changed.get(member.filename)
            target.writestr(member, file.read_bytes() if file else archive.read(member))
