"""A wheel read as what it is until checked: an archive somebody else made.

The rules are those of the binary distribution format
(https://packaging.python.org/en/latest/specifications/binary-distribution-format/), which asks an
installer to refuse a wheel whose files and ``RECORD`` disagree, and the usual ones for archives:
nothing outside of the folder, nothing twice, nothing that is not a plain file, no bombs.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, NormalizedName, parse_wheel_filename
from packaging.version import Version

from porter.errors import StepFailed

MAX_MEMBERS = 200_000
MAX_BYTES = 8 << 30
"""Unpacked; the largest wheels of today (CUDA libraries) unpack to about half of it."""
MAX_METADATA_BYTES = 64 << 20
"""The most that is read into memory at once, of files such as ``RECORD``."""
SHOWN_PROBLEMS = 20

_LONGEST_PART, _LONGEST_NAME = 255, 2048
"""Bytes: Linux's limit for one name, and half of that for a path, which begins with a folder."""
# What `zipfile` raises for an archive that is damaged, or of a kind it does not know.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
)
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_HASHES = ("sha256", "sha384", "sha512")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class WheelContents:
    """What a checked wheel is called and holds."""

    path: Path
    name: NormalizedName
    version: Version
    tags: frozenset[Tag]
    """The tags of its file name."""
    dist_info: str
    """Its metadata folder: ``numpy-1.18.5.dist-info``."""
    names: tuple[str, ...]
    """All files, as paths inside the archive, in its order; no folders."""

    @property
    def is_pure(self) -> bool:
        """Whether its file name says that it serves every platform."""
        return all(tag.platform == "any" for tag in self.tags)


def read_wheel(path: Path) -> WheelContents:
    """Check the archive and every hash of its ``RECORD``, and say what is in it.

    Raises `StepFailed` that names the file and all its problems.
    """
    contents, problems = compare_wheel(path)
    if problems:
        raise _refused(path, "RECORD and its files disagree", problems)
    return contents


def compare_wheel(path: Path) -> tuple[WheelContents, list[str]]:
    """Say what is in a wheel, and where its files are not what its ``RECORD`` says they are.

    Raises `StepFailed` for an archive that is not safe, or whose ``RECORD`` cannot be read.
    """
    with open_wheel(path) as (archive, contents):
        return contents, _disagreements(archive, contents, _listed(archive, contents))


@contextmanager
def open_wheel(path: Path) -> Iterator[tuple[zipfile.ZipFile, WheelContents]]:
    """Open a wheel whose names and sizes are in order; the hashes of ``RECORD`` are not looked at.

    Raises `StepFailed` for what is no wheel, also while its members are being read.
    """
    try:
        name, version, _, tags = parse_wheel_filename(path.name)
    except InvalidWheelFilename as error:
        raise StepFailed(f"{path.name}: not a valid wheel file name ({error})") from error
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if problems := _member_problems(members, path.stat().st_size):
                raise _refused(path, "the archive is not safe to unpack", problems)
            names = tuple(member.filename for member in members if not member.is_dir())
            dist_info = _dist_info(path, names, name)
            yield archive, WheelContents(path, name, version, tags, dist_info, names)
    except _DAMAGED as error:
        raise StepFailed(f"{path.name}: a damaged archive ({error})") from error


def _refused(path: Path, reason: str, problems: list[str]) -> StepFailed:
    shown = problems[:SHOWN_PROBLEMS]
    if len(problems) > len(shown):
        shown.append(f"… and {len(problems) - len(shown)} more")
    return StepFailed(f"{path.name}: {reason}: {problems[0]}", context="\n".join(shown))


def _member_problems(members: list[zipfile.ZipInfo], end: int) -> list[str]:
    """`end`: the archive's size."""
    if len(members) > MAX_MEMBERS:
        return [f"{len(members)} members; at most {MAX_MEMBERS} are accepted"]
    if (size := sum(member.file_size for member in members)) > MAX_BYTES:
        return [f"unpacks to {size} bytes; at most {MAX_BYTES} are accepted"]
    problems = [problem for member in members for problem in _one_member_problems(member, end)]
    return problems or list(_collisions(members))


def _one_member_problems(member: zipfile.ZipInfo, end: int) -> Iterator[str]:
    name = member.filename
    parts = name.removesuffix("/").split("/")
    if any(part in {"", ".", ".."} for part in parts) or re.search(r"[\\\x00-\x1f\x7f]", name):
        yield f"{name!r} is not a plain relative path"
    longest = max(len(part.encode()) for part in parts)
    if longest > _LONGEST_PART or len(name.encode()) > _LONGEST_NAME:
        yield f"{name[:60]!r}… is too long for a file's name"
    if not 0 <= member.header_offset < end:
        yield f"{name!r} lies outside of the archive"
    mode = stat.S_IFMT(member.external_attr >> 16)
    if mode not in {0, stat.S_IFREG, stat.S_IFDIR}:
        yield f"{name!r} is neither a file nor a folder"
    if member.flag_bits & 0x1:
        yield f"{name!r} is encrypted"
    if member.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        yield f"{name!r} is compressed by an unusual method ({member.compress_type})"


def _collisions(members: list[zipfile.ZipInfo]) -> Iterator[str]:
    counts = Counter(member.filename.removesuffix("/") for member in members)
    yield from (f"{name!r} is there {count} times" for name, count in counts.items() if count > 1)
    files = {member.filename for member in members if not member.is_dir()}
    for name in counts:
        for parent in PurePosixPath(name).parents:
            if str(parent) in files:
                yield f"{parent} is a file, yet {name!r} lies in it"


def _dist_info(path: Path, names: tuple[str, ...], project: NormalizedName) -> str:
    folders = sorted(
        {top for name in names if (top := name.split("/", 1)[0]).endswith(".dist-info")}
    )
    if len(folders) != 1:
        raise StepFailed(f"{path.name}: has {len(folders)} .dist-info folders, not one")
    (folder,) = folders
    stated = folder.removesuffix(".dist-info").rsplit("-", 1)[0]
    if re.sub(r"[-_.]+", "-", stated).lower() != project:
        raise StepFailed(f"{path.name}: its metadata folder is of another project ({folder})")
    missing = [n for n in ("METADATA", "RECORD", "WHEEL") if f"{folder}/{n}" not in names]
    if missing:
        raise StepFailed(f"{path.name}: {folder} lacks {', '.join(missing)}")
    return folder


def _listed(archive: zipfile.ZipFile, contents: WheelContents) -> dict[str, tuple[str, str]]:
    """The hash and size that ``RECORD`` states for each path."""
    record = f"{contents.dist_info}/RECORD"
    problems: list[str] = []
    rows: list[list[str]] = []
    if archive.getinfo(record).file_size > MAX_METADATA_BYTES:
        problems = [f"{record} is larger than {MAX_METADATA_BYTES} bytes"]
    else:
        try:
            rows = list(csv.reader(archive.read(record).decode("utf-8").splitlines()))
        except csv.Error as error:
            problems = [f"{record}: {error}"]
    problems += [f"{row!r} does not have three fields" for row in rows if row and len(row) != 3]
    if problems:
        raise _refused(contents.path, "RECORD cannot be read", problems)
    return {path: (digest, size) for path, digest, size in filter(None, rows)}


def _disagreements(
    archive: zipfile.ZipFile, contents: WheelContents, listed: Mapping[str, tuple[str, str]]
) -> list[str]:
    unhashed = {f"{contents.dist_info}/{name}" for name in ("RECORD", *_SIGNATURES)}
    problems = [
        f"{name} is listed, but not there"
        for name in sorted(listed.keys() - set(contents.names))
        if not name.endswith("/")
    ]
    for name in contents.names:
        if name not in unhashed:
            problems += _file_problems(archive, name, listed.get(name))
    return problems


def _file_problems(
    archive: zipfile.ZipFile, name: str, stated: tuple[str, str] | None
) -> Iterator[str]:
    if stated is None:
        yield f"{name} is not listed"
        return
    algorithm, _, expected = stated[0].partition("=")
    if algorithm not in _HASHES:
        yield f"{name} has no hash of sha256 or better ({stated[0]!r})"
        return
    if stated[1] and stated[1] != str(archive.getinfo(name).file_size):
        yield f"{name} has {archive.getinfo(name).file_size} bytes, not {stated[1]}"
    if _digest(archive, name, algorithm) != expected.rstrip("="):
        yield f"{name} has another hash"


def _digest(archive: zipfile.ZipFile, name: str, algorithm: str) -> str:
    digest = hashlib.new(algorithm)
    with archive.open(name) as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return base64.urlsafe_b64encode(digest.digest()).decode("ascii").rstrip("=")
