"""Unpack an sdist: an archive somebody else made, treated as hostile."""

from __future__ import annotations

import errno
import lzma
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from porter.errors import StepFailed, SurroundingsError

DAMAGED = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, ValueError, RuntimeError),  # cut short; hostile; a kind of zip we cannot read
)
# What a source tree is built by (PEP 517).
_AT_TOP = ("pyproject.toml", "setup.py")
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})

MAX_MEMBERS = 200_000
MAX_BYTES = 8 << 30
"""Unpacked; more is a bomb rather than a source tree."""


def unpack(sdist: Path, folder: Path) -> None:
    """Unpack so that `folder` is the source tree (what the archive holds under its one top folder).

    Some backends of 2020 made sdists without a top folder (maturin 0.8: orjson 3.4.6), which pip
    takes too.

    Raises:
        StepFailed: damaged, too large, no source tree, or with members that reach out of it
            (links and paths are judged by ``tarfile``'s data filter, PEP 706).
        SurroundingsError: the disk is full or read-only.
    """
    staging = folder.with_name(f"{folder.name}.unpacking")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    try:
        if sdist.name.endswith(".zip"):
            _unzip(sdist, staging)
        else:
            _untar(sdist, staging)
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno in _DISK:
            raise SurroundingsError(
                f"{folder.parent} cannot be written: {error.strerror}"
            ) from error
        raise StepFailed(f"{sdist.name} cannot be unpacked: {error}", final=True) from error
    if any((staging / name).is_file() for name in _AT_TOP):
        shutil.rmtree(folder, ignore_errors=True)
        staging.rename(folder)
        return
    tops = [entry for entry in staging.iterdir() if entry.name != "pax_global_header"]
    if len(tops) != 1 or not tops[0].is_dir() or tops[0].is_symlink():
        raise StepFailed(f"{sdist.name} does not hold one top folder, as an sdist does", final=True)
    shutil.rmtree(folder, ignore_errors=True)
    tops[0].rename(folder)
    shutil.rmtree(staging)


def _untar(sdist: Path, folder: Path) -> None:
    with tarfile.open(sdist) as archive:
        total = 0
        for count, member in enumerate(archive, start=1):
            total += member.size
            _within_bounds(count, total)
            archive.extract(member, folder, filter="data")


def _unzip(sdist: Path, folder: Path) -> None:
    with zipfile.ZipFile(sdist) as archive:
        members = archive.infolist()
        _within_bounds(len(members), sum(member.file_size for member in members))
        for member in members:
            # ZipFile.extract drops drives and ".." silently; a source that has them is refused.
            path = PurePosixPath(member.filename)
            if path.is_absolute() or ".." in path.parts or "\\" in member.filename:
                raise ValueError(f"{member.filename!r} reaches out of the archive")
            extracted = Path(archive.extract(member, folder))
            mode = member.external_attr >> 16
            if mode & 0o100 and extracted.is_file():
                extracted.chmod(0o755)


def _within_bounds(count: int, total: int) -> None:
    if count > MAX_MEMBERS or total > MAX_BYTES:
        raise ValueError(f"more than {MAX_MEMBERS} members or {MAX_BYTES} bytes")
