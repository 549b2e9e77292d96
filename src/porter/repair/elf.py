"""What an ELF file says about itself, read with pyelftools; nothing is judged here.

Symbol tables are unpacked in bulk: the library's per-symbol objects take minutes for the largest
extension modules. Layouts: https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html and,
for symbol versions, the Linux Standard Base's core specification.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, Any, NamedTuple, cast

from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.enums import ENUM_E_MACHINE
from elftools.elf.gnuversions import GNUVerNeedSection
from elftools.elf.segments import Segment

from porter.model import Architecture
from porter.repair.metered import Metered
from porter.repair.reach import Linked

MAGIC = b"\x7fELF"
ARCHIVE_MAGIC = b"!<arch>\n"

_DF_1_PIE = 0x08000000
_PF_X = 0x1
_SHN_UNDEF = 0
_STB_LOCAL = 0
_STT_OBJECT, _STT_SECTION, _STT_FILE, _STT_TLS = 1, 3, 4, 6
_STV_HIDDEN = 2
_VERSION_INDEX = 0x7FFF
"""The bit above it marks a version that is not the default one."""
_VERSION_SIZE = 16
"""Bytes of an entry in ``.gnu.version_r``."""
_READ_AS = {"DT_SYMTAB": ".dynsym", "DT_VERNEED": ".gnu.version_r"}
"""The sections read here for what the loader finds by these tags."""


class Kind(StrEnum):
    """What the file is for."""

    SHARED = "shared"
    PROGRAM = "program"
    STATIC_PROGRAM = "static program"
    """It shares its process with no other library."""
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Machine:
    """For which processors a file is."""

    number: int
    """``e_machine``."""
    bits: int
    big_endian: bool

    @classmethod
    def of(cls, arch: Architecture) -> Machine:
        """The one that files for `arch` have."""
        return cls(ENUM_E_MACHINE[arch.elf_machine], arch.bits, arch.big_endian)

    @classmethod
    def of_header(cls, header: bytes) -> Machine | None:
        """Read the first 20 bytes of a file; None when they are no ELF header."""
        if len(header) < 20 or not header.startswith(MAGIC):
            return None
        big = header[5] == 2
        (number,) = struct.unpack_from(">H" if big else "<H", header, 18)
        return cls(number, 64 if header[4] == 2 else 32, big)

    def __str__(self) -> str:
        names = {number: name for name, number in ENUM_E_MACHINE.items() if name != "_default_"}
        name = names.get(self.number, f"machine {self.number}").removeprefix("EM_").lower()
        order = "big-endian" if self.big_endian else "little-endian"
        return f"{name} ({self.bits} bits, {order})"


@dataclass(frozen=True, slots=True)
class Elf:
    """The facts about one file."""

    kind: Kind
    executable_stack: bool
    has_symtab: bool
    """Whether its full symbol table is still there (it is not after ``strip``)."""
    defined: frozenset[str]
    """Names it binds itself: global and weak ones, and those that were global with hidden
    visibility until the linker made them local."""
    required: Mapping[tuple[str, str], tuple[str, ...]]
    """(library, symbol version) to the names wanted from there."""
    needed: tuple[str, ...] = ()
    """The libraries it is loaded with (DT_NEEDED)."""
    search_paths: tuple[str, ...] = ()
    """Where it has its libraries looked for: the parts of DT_RUNPATH and DT_RPATH."""
    largest_page: int | None = None
    """The largest page size of a kernel that can load it; None where nothing is loaded."""


def read_elf(stream: IO[bytes]) -> Elf:
    """Read a file that begins with `MAGIC`; any exception means that it is damaged.

    Or that it hides from a linker's tools what it tells the loader, as one without section headers.
    """
    metered = Metered(stream)
    file = ELFFile(cast("IO[bytes]", metered))
    segments = tuple(file.iter_segments())
    dynamic = _Dynamic.of(segments)
    _refuse_hidden(file, dynamic)
    kind = _kind(file, segments, dynamic)
    return Elf(
        kind=kind,
        executable_stack=_executable_stack(file, segments, kind),
        has_symtab=file.get_section_by_name(".symtab") is not None,
        defined=frozenset(_defined(file, metered, kind)),
        required=_required(file, metered),
        needed=dynamic.needed,
        search_paths=dynamic.paths,
        largest_page=_largest_page(segments),
    )


def read_linked(stream: IO[bytes]) -> Linked:
    """What a file that begins with `MAGIC` asks of the loader; nothing for a damaged one."""
    try:
        file = ELFFile(cast("IO[bytes]", Metered(stream)))
        dynamic = _Dynamic.of(tuple(file.iter_segments()))
    except Exception:  # noqa: BLE001 - a hostile file can make the parser fail in any way
        return Linked()
    return Linked(dynamic.needed, dynamic.paths)


def exported(stream: IO[bytes], newest: tuple[int, int]) -> frozenset[str]:
    """Names that a library of glibc exports with a version ``GLIBC_`` of at most `newest`."""
    metered = Metered(stream)
    file = ELFFile(cast("IO[bytes]", metered))
    versions = {
        version["vd_ndx"]: next(names).name
        for version, names in _section(file, ".gnu.version_d").iter_versions()
    }
    found = set()
    indices = _version_indices(file)
    symbols = _Symbols(file, metered, ".dynsym")
    for number, symbol in enumerate(symbols):
        version = versions.get(indices[number] & _VERSION_INDEX, "")
        if symbol.section != _SHN_UNDEF and (glibc := glibc_version(version)) and glibc <= newest:
            found.add(symbols.name(symbol))
    return frozenset(found)


def glibc_version(version: str) -> tuple[int, ...] | None:
    """``(2, 17)`` for ``GLIBC_2.17``; None for what is no public version of glibc's."""
    numbers = version.removeprefix("GLIBC_").split(".")
    if not version.startswith("GLIBC_") or not all(number.isdecimal() for number in numbers):
        return None
    return tuple(int(number) for number in numbers)


def archive_machines(stream: IO[bytes]) -> Iterator[tuple[str, Machine]]:
    """Members of a static library (after `ARCHIVE_MAGIC`) that are ELF files, and their machines.

    Format: ``ar(5)``; each member has a header of 60 bytes and starts at an even offset.
    """
    offset = len(ARCHIVE_MAGIC)
    while True:
        stream.seek(offset)
        header = stream.read(60)
        if len(header) < 60:
            return
        size = int(header[48:58])
        if size < 0:
            raise ValueError(f"a member of {size} bytes")
        if machine := Machine.of_header(stream.read(min(size, 20))):
            yield header[:16].decode("ascii", "replace").strip(" /"), machine
        offset += 60 + size + size % 2


@dataclass(frozen=True, slots=True)
class _Dynamic:
    """What a file tells the loader (PT_DYNAMIC)."""

    tags: frozenset[str]
    flags: int
    """DT_FLAGS_1."""
    needed: tuple[str, ...]
    paths: tuple[str, ...]

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> _Dynamic:
        dynamic = [segment for segment in segments if isinstance(segment, DynamicSegment)]
        if len(dynamic) > 1:
            raise ValueError("several dynamic segments")
        tags: list[Any] = [tag for segment in dynamic for tag in segment.iter_tags()]
        values = [(tag.entry.d_tag, tag) for tag in tags]
        return cls(
            frozenset(kind for kind, _ in values),
            next((tag.entry.d_val for kind, tag in reversed(values) if kind == "DT_FLAGS_1"), 0),
            tuple(tag.needed for kind, tag in values if kind == "DT_NEEDED"),
            tuple(_paths(values)),
        )


def _paths(values: list[tuple[str, Any]]) -> Iterator[str]:
    for kind, tag in values:
        if kind in {"DT_RPATH", "DT_RUNPATH"}:
            found = tag.rpath if kind == "DT_RPATH" else tag.runpath
            yield from (part or "." for part in found.split(":") if found)


def _refuse_hidden(file: ELFFile, dynamic: _Dynamic) -> None:
    for tag, name in _READ_AS.items():
        if tag in dynamic.tags:
            section = file.get_section_by_name(name)
            if section is None or section["sh_type"] == "SHT_NOBITS":
                raise ValueError(f"no section {name}, though the loader has one")


def _of_kind(segments: Sequence[Segment], kind: str) -> Iterator[Segment]:
    return (segment for segment in segments if segment["p_type"] == kind)


def _kind(file: ELFFile, segments: Sequence[Segment], dynamic: _Dynamic) -> Kind:
    number = file["e_type"]
    if number == "ET_REL":
        return Kind.OBJECT
    if number != "ET_EXEC" and not dynamic.flags & _DF_1_PIE:
        return Kind.SHARED
    interpreter = any(_of_kind(segments, "PT_INTERP"))
    return Kind.PROGRAM if dynamic.needed or interpreter else Kind.STATIC_PROGRAM


def _largest_page(segments: Sequence[Segment]) -> int | None:
    """By what glibc's loader asks of every segment (elf/dl-load.c).

    Its alignment is a multiple of the page size, and so is the distance between its place in
    memory and its place in the file.
    """
    pages = [
        math.gcd(segment["p_align"], segment["p_vaddr"] - segment["p_offset"])
        for segment in _of_kind(segments, "PT_LOAD")
    ]
    return min((page & -page for page in pages if page), default=None)


def _executable_stack(file: ELFFile, segments: Sequence[Segment], kind: Kind) -> bool:
    if kind is Kind.OBJECT:
        return False
    for segment in _of_kind(segments, "PT_GNU_STACK"):
        return bool(segment["p_flags"] & _PF_X)
    # Without the segment glibc's DEFAULT_STACK_PERMS decides (sysdeps/*/stackinfo.h).
    return bool(file["e_machine"] not in {"EM_AARCH64", "EM_PPC64"})


class _Symbol(NamedTuple):
    place: int
    """Where its name begins in the table of names."""
    info: int
    other: int
    section: int
    """The index of the section it is defined in."""


class _Symbols:
    """A symbol table, and the names of those symbols whose name is asked for; maybe of nothing."""

    def __init__(self, file: ELFFile, metered: Metered, section: str) -> None:
        self._metered = metered
        self._order = "<" if file.little_endian else ">"
        self._size = 24 if file.elfclass == 64 else 16
        table = file.get_section_by_name(section)
        self._names = _data(file.get_section(table["sh_link"])) if table else b""
        self._data = _data(table) if table else b""

    def __iter__(self) -> Iterator[_Symbol]:
        """Raises `ValueError` at a symbol whose name has no end in the table."""
        last = self._names.rfind(b"\0")
        data = self._data[: len(self._data) - len(self._data) % self._size]
        form = "IBBHQQ" if self._size == 24 else "IIIBBH"
        for fields in struct.iter_unpack(self._order + form, data):
            place, info, other, section = (
                fields[:4] if self._size == 24 else (fields[0], *fields[3:])
            )
            if place > last:
                raise ValueError(f"a symbol's name at {place}, of {len(self._names)} bytes")
            yield _Symbol(place, info, other, section)

    def name(self, symbol: _Symbol) -> str:
        """Raises `ValueError` where the names are read too often."""
        end = self._names.index(b"\0", symbol.place)
        self._metered.spend(end - symbol.place)
        return self._names[symbol.place : end].decode("utf-8", "replace")


def _defined(file: ELFFile, metered: Metered, kind: Kind) -> Iterator[str]:
    # A program holds copies of variables of its libraries (copy relocations): stdout, environ.
    data = {_STT_OBJECT, _STT_TLS} if kind is Kind.PROGRAM else set()
    unnamed = {_STT_SECTION, _STT_FILE, *data}
    for section in (".dynsym", ".symtab"):
        symbols = _Symbols(file, metered, section)
        for symbol in symbols:
            bound = symbol.info >> 4 != _STB_LOCAL or symbol.other & 0x3 == _STV_HIDDEN
            if bound and symbol.section != _SHN_UNDEF and symbol.info & 0xF not in unnamed:
                yield symbols.name(symbol)


def _required(file: ELFFile, metered: Metered) -> dict[tuple[str, str], tuple[str, ...]]:
    section = file.get_section_by_name(".gnu.version_r")
    if not isinstance(section, GNUVerNeedSection):
        return {}
    if section["sh_info"] * _VERSION_SIZE > section["sh_size"]:
        raise ValueError(".gnu.version_r has more entries than room for them")
    versions = {
        entry["vna_other"]: (library.name or "", entry.name)
        for library, entries in section.iter_versions()
        for entry in entries
    }
    names: dict[tuple[str, str], list[str]] = {version: [] for version in versions.values()}
    indices = _version_indices(file)
    symbols = _Symbols(file, metered, ".dynsym")
    for number, symbol in enumerate(symbols):
        version = versions.get(indices[number] & _VERSION_INDEX)
        if version is not None and symbol.section == _SHN_UNDEF:
            names[version].append(symbols.name(symbol))
    return {version: tuple(sorted(found)) for version, found in names.items()}


def _version_indices(file: ELFFile) -> tuple[int, ...]:
    data = _data(_section(file, ".gnu.version"))
    order = "<" if file.little_endian else ">"
    return struct.unpack(f"{order}{len(data) // 2}H", data[: len(data) // 2 * 2])


def _section(file: ELFFile, name: str) -> Any:
    section = file.get_section_by_name(name)
    if section is None:
        raise ValueError(f"no section {name}")
    return section


def _data(section: Any) -> bytes:
    """What is in the file; what is to be made of it (zeros, or unpacked) can be of any size."""
    if section.compressed:
        raise ValueError(f"section {section.name} is compressed")
    return b"" if section["sh_type"] == "SHT_NOBITS" else bytes(section.data())
