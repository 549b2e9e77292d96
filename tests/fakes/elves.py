"""ELF files made by hand: just enough of one for what reads them to have something to judge."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

AARCH64, X86_64 = 183, 62
ET_REL, ET_EXEC, ET_DYN = 1, 2, 3
LOCAL, GLOBAL, WEAK = 0, 1, 2
OBJECT, FUNC = 1, 2
DEFAULT, HIDDEN = 0, 2


@dataclass(frozen=True)
class Symbol:
    name: str
    binding: int = GLOBAL
    visibility: int = DEFAULT
    type: int = FUNC
    defined: bool = True
    version: int = 1


@dataclass
class _Strings:
    data: bytes = b"\0"
    offsets: dict[str, int] = field(default_factory=dict)

    def add(self, text: str) -> int:
        if text not in self.offsets:
            self.offsets[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return self.offsets[text]


def _symbol_table(symbols: Sequence[Symbol], strings: _Strings) -> bytes:
    rows = [bytes(24)]
    for s in symbols:
        info = s.binding << 4 | s.type
        name = strings.add(s.name)
        rows.append(struct.pack("<IBBHQQ", name, info, s.visibility, int(s.defined), 0, 0))
    return b"".join(rows)


def _needed_versions(required: Mapping[int, tuple[str, str]], strings: _Strings) -> bytes:
    data = b""
    for number, (index, (library, version)) in enumerate(required.items()):
        last = number == len(required) - 1
        data += struct.pack("<HHIII", 1, 1, strings.add(library), 16, 0 if last else 32)
        data += struct.pack("<IHHII", 0, 0, index, strings.add(version), 0)
    return data


def _defined_versions(versions: Mapping[int, str], strings: _Strings) -> bytes:
    data = b""
    for number, (index, version) in enumerate(versions.items()):
        last = number == len(versions) - 1
        data += struct.pack("<HHHHIII", 1, 0, index, 1, 0, 20, 0 if last else 28)
        data += struct.pack("<II", strings.add(version), 0)
    return data


def make_elf(  # noqa: PLR0913 - each is one property of the file
    *,
    machine: int = AARCH64,
    kind: int = ET_DYN,
    dynamic: Sequence[Symbol] = (),
    symbols: Sequence[Symbol] | None = (),
    stack: int | None = 6,
    required: Mapping[int, tuple[str, str]] | None = None,
    provided: Mapping[int, str] | None = None,
    load: tuple[int, int, int] | None = None,
    runpath: str | None = None,
    needed: Sequence[str] = (),
    tags: Sequence[tuple[int, int]] = (),
) -> bytes:
    """A 64-bit little-endian file; `symbols` None: stripped; `stack`: flags of PT_GNU_STACK.

    `required` maps version indices to (library, version), `provided` to versions it defines;
    `load` is a segment's place in the file, in memory, and its alignment; `tags` are further ones
    for the loader.
    """
    dynstr, strtab, names = _Strings(), _Strings(), _Strings()
    sections: list[tuple[str, int, bytes, int, int, int]] = [
        (".dynsym", 11, _symbol_table(dynamic, dynstr), 2, 24, 1),
        (".dynstr", 3, b"", 0, 0, 0),
    ]
    indices = struct.pack(f"<{len(dynamic) + 1}H", 0, *(s.version for s in dynamic))
    sections.append((".gnu.version", 0x6FFFFFFF, indices, 1, 2, 0))
    if required:
        data = _needed_versions(required, dynstr)
        sections.append((".gnu.version_r", 0x6FFFFFFE, data, 2, 0, len(required)))
    if provided:
        data = _defined_versions(provided, dynstr)
        sections.append((".gnu.version_d", 0x6FFFFFFD, data, 2, 0, len(provided)))
    if symbols is not None:
        table = _symbol_table(symbols, strtab)
        sections.append((".symtab", 2, table, len(sections) + 2, 24, 1))
        sections.append((".strtab", 3, strtab.data, 0, 0, 0))
    sections[1] = (".dynstr", 3, dynstr.data, 0, 0, 0)
    tags = [*tags, *((1, dynstr.add(name)) for name in needed)]
    if runpath is not None:
        tags.append((29, dynstr.add(runpath)))
    if tags:
        entries = b"".join(struct.pack("<QQ", *tag) for tag in (*tags, (5, 0), (0, 0)))
        sections.append((".dynamic", 6, entries, 2, 16, 0))
        sections[1] = (".dynstr", 3, dynstr.data, 0, 0, 0)
    offsets = [names.add(name) for name, *_ in sections]
    own = names.add(".shstrtab")
    sections.append((".shstrtab", 3, names.data, 0, 0, 0))
    offsets.append(own)

    segments: list[tuple[int, int, int, int, int]] = []
    if stack is not None:
        segments.append((0x6474E551, stack, 0, 0, 0))
    if load is not None:
        segments.append((1, 5, *load))
    count = len(segments) + bool(tags)
    position = 64 + 56 * count
    headers, body = bytes(64), b""
    for name, (_, type_, data, link, entry, info) in zip(offsets, sections, strict=True):
        headers += struct.pack(
            "<IIQQQQIIQQ", name, type_, 0, 0, position, len(data), link, info, 1, entry
        )
        if type_ == 6:
            segments.append((2, 6, position, 0, 8))
        body += data
        position += len(data)
    programs = b"".join(
        struct.pack("<IIQQQQQQ", type_, flags, offset, place, 0, 32, 32, align)
        for type_, flags, offset, place, align in segments
    )
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9)
    header = ident + struct.pack(
        "<HHIQQQIHHHHHH",
        *(kind, machine, 1, 0, 64 if count else 0, position, 0),
        *(64, 56, count, 64, len(sections) + 1, len(sections)),
    )
    return header + programs + body + headers
