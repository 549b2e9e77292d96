"""Look at every compiled file of a wheel, and say at once what is wrong with all of them."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from porter.environment import open_wheel
from porter.model import Platform
from porter.phrases import first_of
from porter.repair.elf import (
    ARCHIVE_MAGIC,
    MAGIC,
    Elf,
    Kind,
    Machine,
    archive_machines,
    glibc_version,
    read_elf,
)
from porter.repair.glibc import Exports
from porter.repair.reach import is_inside, leads_to

_SHOWN = 12
_USUAL_PAGE = 1 << 12
# AArch64: https://docs.kernel.org/arch/arm64/memory.html; POWER's usual page is the large one.
_LARGEST_PAGES = {"aarch64": 1 << 16, "ppc64le": 1 << 16}
# Versions a policy has beside those up to its own, by auditwheel's lists of what its systems have
# (manylinux-policy.json): `__cxa_thread_atexit_impl`, which Rust's standard library asks for.
_LISTED_BESIDE = {("aarch64", (2, 17)): (2, 18)}
_ANYONE_S = ("/tmp/", "/var/tmp/")  # noqa: S108 - names in a wheel


@dataclass(frozen=True, slots=True)
class Wanted:
    """The newest version of a family of symbols that a file wants of a library."""

    file: str
    family: str
    """``GLIBC``, ``GLIBCXX``, ``CXXABI``, …"""
    version: str
    library: str

    def __str__(self) -> str:
        return f"{self.file}: {self.version} of {self.library}"

    @property
    def order(self) -> tuple[int, ...]:
        """Versions of one family sort by it."""
        return _natural(self.version)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found in one wheel."""

    elves: tuple[str, ...]
    """Names of its ELF files, without static libraries."""
    problems: tuple[str, ...]
    """Why it must not be used; one sentence each, beginning with the file."""
    warnings: tuple[str, ...]
    newer: tuple[str, ...] = ()
    """What is newer than the policy's glibc; one sentence each, beginning with the file."""
    unsafe: tuple[str, ...] = ()
    """What looks for its libraries where anyone may put some; likewise."""
    strays: tuple[str, ...] = ()
    """What looks for its libraries elsewhere outside of the wheel; likewise."""
    versions: tuple[Wanted, ...] = ()
    """For each file and library."""
    needed: tuple[tuple[str, str], ...] = ()
    """(file, library that it is loaded with)."""


def inspect(
    wheel: Path,
    *,
    platform: Platform,
    exports: Exports,
    work: Path,
    data: Container[str] = (),
) -> Inspection:
    """Check all ELF files and static libraries of a wheel, but for those that are `data`.

    Machine, stack, pages, search paths, the glibc asked for, and shadowed names (see
    `porter.repair.glibc`). Files are
    unpacked one at a time into `work`. Raises `StepFailed` when the archive itself is damaged.
    """
    findings: list[Inspection] = []
    with open_wheel(wheel) as (archive, contents):
        for name in contents.names:
            magic = _first_bytes(archive, name)
            if name in data or not magic.startswith((MAGIC, ARCHIVE_MAGIC)):
                continue
            with _unpacked(archive, name, work) as stream:
                if magic.startswith(ARCHIVE_MAGIC):
                    problems = tuple(_archive_problems(name, stream, platform))
                    findings.append(Inspection((), problems, ()))
                else:
                    findings.append(_judge(name, stream, platform, exports))
    return Inspection(
        elves=tuple(name for found in findings for name in found.elves),
        problems=tuple(problem for found in findings for problem in found.problems),
        warnings=tuple(warning for found in findings for warning in found.warnings),
        newer=tuple(sentence for found in findings for sentence in found.newer),
        unsafe=tuple(sentence for found in findings for sentence in found.unsafe),
        strays=tuple(sentence for found in findings for sentence in found.strays),
        versions=tuple(version for found in findings for version in found.versions),
        needed=tuple(pair for found in findings for pair in found.needed),
    )


def _first_bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        return stream.read(len(ARCHIVE_MAGIC))


def _unpacked(archive: zipfile.ZipFile, name: str, work: Path) -> IO[bytes]:
    file = tempfile.TemporaryFile(dir=work)  # noqa: SIM115 - the caller's `with` closes it
    with archive.open(name) as stream:
        shutil.copyfileobj(stream, file, 1 << 20)
    file.seek(0)
    return file


def _judge(name: str, stream: IO[bytes], platform: Platform, exports: Exports) -> Inspection:
    machine = Machine.of_header(stream.read(20))
    wanted = Machine.of(platform.arch)
    if machine != wanted:
        return Inspection((name,), (f"{name}: is for {machine}, not for {wanted}",), ())
    try:
        stream.seek(0)
        elf = read_elf(stream)
    except Exception as error:  # noqa: BLE001 - a hostile file can make the parser fail in any way
        return Inspection((name,), (f"{name}: a damaged ELF file ({error!r})",), ())
    return Inspection(
        (name,),
        tuple(_problems(name, elf, platform, exports)),
        tuple(_warnings(name, elf, exports)),
        tuple(_newer(name, elf, platform)),
        tuple(_unsafe(name, elf)),
        tuple(_strays(name, elf)),
        tuple(_versions(name, elf)),
        tuple((name, library) for library in elf.needed),
    )


def _archive_problems(name: str, stream: IO[bytes], platform: Platform) -> Iterator[str]:
    """One for each foreign machine: a static library may have thousands of members."""
    members: dict[Machine, str] = {}
    try:
        for member, machine in archive_machines(stream):
            members.setdefault(machine, member)
    except ValueError as error:
        yield f"{name}: a damaged static library ({error})"
        return
    wanted = Machine.of(platform.arch)
    for machine, member in members.items():
        if machine != wanted:
            yield f"{name}({member}): is for {machine}, not for {wanted}"


def _problems(name: str, elf: Elf, platform: Platform, exports: Exports) -> Iterator[str]:
    if elf.executable_stack:
        yield f"{name}: asks for an executable stack"
    if _shares_process(elf) and (names := exports.refused(elf.defined)):
        yield (
            f"{name}: defines {first_of(names, _SHOWN)}, which the target's libm or libc export; "
            "a compiler's runtime library has been linked in, or the source has its own"
        )
    page = _LARGEST_PAGES.get(platform.arch.name, _USUAL_PAGE)
    if elf.kind is not Kind.OBJECT and elf.largest_page and elf.largest_page < page:
        yield (
            f"{name}: is laid out for pages of {elf.largest_page} bytes; kernels of "
            f"{platform.arch} have pages of up to {page}"
        )


def _newer(name: str, elf: Elf, platform: Platform) -> Iterator[str]:
    beside = _LISTED_BESIDE.get((platform.arch.name, platform.policy.glibc))
    for (library, version), symbols in sorted(elf.required.items()):
        glibc = glibc_version(version)
        if glibc and glibc > platform.policy.glibc and glibc != beside:
            shown = first_of([f"{symbol}@{version}" for symbol in symbols] or [version], _SHOWN)
            yield f"{name}: needs {shown} of {library}, newer than {platform.policy} has"


def _warnings(name: str, elf: Elf, exports: Exports) -> Iterator[str]:
    if not _shares_process(elf):
        return
    if names := exports.suspicious(elf.defined):
        shown = first_of(names, _SHOWN)
        yield f"{name}: defines {shown}, which the target's libm or libc export as well"
    if not elf.has_symtab:
        yield f"{name}: is stripped; shadowing could be checked in .dynsym only"


def _strays(name: str, elf: Elf) -> Iterator[str]:
    outside = [path for path in elf.search_paths if not is_inside(path, name)]
    if paths := [path for path in outside if not _is_unsafe(path, name)]:
        yield f"{name}: looks for its libraries in {first_of(paths, _SHOWN)}, outside of the wheel"


def _unsafe(name: str, elf: Elf) -> Iterator[str]:
    if paths := [path for path in elf.search_paths if _is_unsafe(path, name)]:
        shown = first_of(paths, _SHOWN)
        yield f"{name}: looks for its libraries in {shown}, where anyone may put some"


def _is_unsafe(path: str, name: str) -> bool:
    """A folder anyone may write in, or one below wherever the program is started.

    A path that climbs above site-packages reaches the root where it climbs far enough.
    """
    place = leads_to(path, name)
    return place is None or re.sub(r"^(\.\./)+", "/", f"{place}/").startswith(_ANYONE_S)


def _versions(name: str, elf: Elf) -> Iterator[Wanted]:
    newest: dict[tuple[str, str], str] = {}
    for library, version in elf.required:
        family = (library, version.partition("_")[0])
        newest[family] = max(newest.get(family, version), version, key=_natural)
    yield from (
        Wanted(name, family, version, library) for (library, family), version in newest.items()
    )


def _natural(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))


def _shares_process(elf: Elf) -> bool:
    return elf.kind in {Kind.SHARED, Kind.PROGRAM}
