from __future__ import annotations

import io
import struct

import pytest

from fakes.elves import AARCH64, ET_REL, GLOBAL, HIDDEN, LOCAL, OBJECT, WEAK, Symbol, make_elf
from porter.model import ARCHITECTURES
from porter.repair import metered
from porter.repair.elf import (
    ARCHIVE_MAGIC,
    Kind,
    Machine,
    archive_machines,
    exported,
    glibc_version,
    read_elf,
    read_linked,
)
from porter.repair.reach import Linked


def test_what_counts_as_a_definition() -> None:
    symbols = [
        Symbol("logl", LOCAL, HIDDEN),
        Symbol("exp10", LOCAL),
        Symbol("expl", WEAK, HIDDEN),
        Symbol("sinl", GLOBAL),
        Symbol("cosl", GLOBAL, defined=False),
    ]
    elf = read_elf(io.BytesIO(make_elf(symbols=symbols, dynamic=[Symbol("PyInit_a")])))
    assert elf.defined == {"logl", "expl", "sinl", "PyInit_a"}
    assert elf.has_symtab
    assert elf.kind is Kind.SHARED


def test_a_stripped_file_shows_what_it_exports() -> None:
    elf = read_elf(io.BytesIO(make_elf(symbols=None, dynamic=[Symbol("logl")])))
    assert not elf.has_symtab
    assert elf.defined == {"logl"}


@pytest.mark.parametrize(("flags", "executable"), [(6, False), (7, True), (None, False)])
def test_the_stack(flags: int | None, *, executable: bool) -> None:
    assert read_elf(io.BytesIO(make_elf(stack=flags))).executable_stack is executable


@pytest.mark.parametrize(
    ("arch", "executable"), [("x86_64", True), ("s390x", True), ("ppc64le", False)]
)
def test_without_a_word_the_machine_decides_on_the_stack(arch: str, *, executable: bool) -> None:
    machine = Machine.of(ARCHITECTURES[arch]).number
    assert (
        read_elf(io.BytesIO(make_elf(machine=machine, stack=None))).executable_stack is executable
    )


@pytest.mark.parametrize(
    ("load", "page"),
    [
        (None, None),
        ((0, 0, 0x10000), 0x10000),
        ((0x1000, 0x11000, 0x10000), 0x10000),
        ((0x1000, 0x2000, 0x10000), 0x1000),
        ((0, 0, 0x1000), 0x1000),
    ],
)
def test_the_pages_a_file_can_be_loaded_with(
    load: tuple[int, int, int] | None, page: int | None
) -> None:
    assert read_elf(io.BytesIO(make_elf(load=load))).largest_page == page


@pytest.mark.parametrize(
    ("runpath", "paths"),
    [
        (None, ()),
        ("", ()),
        ("$ORIGIN/../a.libs:/usr/lib", ("$ORIGIN/../a.libs", "/usr/lib")),
        ("/a:", ("/a", ".")),
    ],
)
def test_where_libraries_are_looked_for(runpath: str | None, paths: tuple[str, ...]) -> None:
    assert read_elf(io.BytesIO(make_elf(runpath=runpath))).search_paths == paths


def test_object_files_have_no_stack() -> None:
    elf = read_elf(io.BytesIO(make_elf(kind=ET_REL, stack=None, machine=62)))
    assert elf.kind is Kind.OBJECT
    assert not elf.executable_stack


def test_required_versions_name_their_symbols() -> None:
    elf = read_elf(
        io.BytesIO(
            make_elf(
                dynamic=[
                    Symbol("pow", defined=False, version=2),
                    Symbol("exp", defined=False, version=2),
                    Symbol("puts", defined=False, version=3),
                ],
                required={2: ("libm.so.6", "GLIBC_2.29"), 3: ("libc.so.6", "GLIBC_2.17")},
            )
        )
    )
    assert elf.required == {
        ("libm.so.6", "GLIBC_2.29"): ("exp", "pow"),
        ("libc.so.6", "GLIBC_2.17"): ("puts",),
    }


def test_exports_end_at_the_policys_version() -> None:
    library = make_elf(
        dynamic=[
            Symbol("logl", version=2),
            Symbol("exp", version=2 | 0x8000),
            Symbol("fmaximum", version=3),
            Symbol("__internal", version=4),
            Symbol("unversioned"),
            Symbol("wanted", defined=False, version=2),
        ],
        provided={2: "GLIBC_2.17", 3: "GLIBC_2.35", 4: "GLIBC_PRIVATE"},
    )
    assert exported(io.BytesIO(library), (2, 17)) == {"logl", "exp"}
    assert exported(io.BytesIO(library), (2, 35)) == {"logl", "exp", "fmaximum"}


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("GLIBC_2.17", (2, 17)),
        ("GLIBC_2.2.5", (2, 2, 5)),
        ("GLIBC_PRIVATE", None),
        ("GLIBCXX_3.4", None),
        ("2.17", None),
    ],
)
def test_versions_of_glibc(version: str, numbers: tuple[int, ...] | None) -> None:
    assert glibc_version(version) == numbers


def test_machines_are_told_apart() -> None:
    header = make_elf()[:20]
    assert Machine.of_header(header) == Machine.of(ARCHITECTURES["aarch64"])
    assert Machine.of(ARCHITECTURES["ppc64le"]) != Machine(21, 64, big_endian=True)
    assert Machine.of_header(header[:19]) is None
    assert Machine.of_header(b"#!/bin/sh" * 4) is None
    assert str(Machine(AARCH64, 64, big_endian=False)) == "aarch64 (64 bits, little-endian)"
    assert str(Machine(9999, 32, big_endian=True)) == "machine 9999 (32 bits, big-endian)"


def member(name: str, data: bytes) -> bytes:
    header = f"{name + '/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(data):<10}`\n".encode()
    return header + data + b"\n" * (len(data) % 2)


def test_static_libraries_are_opened() -> None:
    odd = make_elf(kind=ET_REL) + b"\0" * (1 - len(make_elf(kind=ET_REL)) % 2)
    library = ARCHIVE_MAGIC + member("", b"index") + member("a.o", odd)
    library += member("b.o", make_elf(kind=ET_REL, machine=62))
    found = [(name, machine.number) for name, machine in archive_machines(io.BytesIO(library))]
    assert found == [("a.o", 183), ("b.o", 62)]


@pytest.mark.parametrize("size", ["-60", "nonsense"])
def test_a_damaged_static_library_ends_the_search(size: str) -> None:
    header = f"{'a.o/':<16}{0:<12}{0:<6}{0:<6}{644:<8}{size:<10}`\n".encode()
    with pytest.raises(ValueError, match=r"bytes|invalid literal"):
        list(archive_machines(io.BytesIO(ARCHIVE_MAGIC + header)))


def test_copies_of_a_librarys_variables_are_no_definitions_in_a_program() -> None:
    symbols = [Symbol("signgam", type=OBJECT)]
    assert read_elf(io.BytesIO(make_elf(symbols=symbols))).defined == {"signgam"}
    static = read_elf(io.BytesIO(make_elf(kind=2, symbols=symbols)))
    assert static.kind is Kind.STATIC_PROGRAM


SYMTAB, NOBITS, NEEDED_VERSIONS = 2, 8, 0x6FFFFFFE
DT_SYMTAB, DT_VERNEED = 6, 0x6FFFFFFE
COMPRESSED = 0x800


def restated(file: bytes, kind: int, **fields: int) -> bytes:
    """The file with other words in the header of its section of that kind."""
    places = {"type": ("<I", 4), "flags": ("<Q", 8), "size": ("<Q", 32), "info": ("<I", 44)}
    changed = bytearray(file)
    (start,), (count,) = struct.unpack_from("<Q", file, 40), struct.unpack_from("<H", file, 60)
    for header in range(start, start + 64 * count, 64):
        if struct.unpack_from("<I", file, header + 4) == (kind,):
            for field, value in fields.items():
                order, place = places[field]
                struct.pack_into(order, changed, header + place, value)
    return bytes(changed)


def test_versions_that_refer_to_themselves_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metered, "_AT_LEAST", 1 << 16)
    wants = [Symbol("pow", defined=False, version=2)]
    file = make_elf(dynamic=wants, required={2: ("libm.so.6", "GLIBC_2.17")})
    with pytest.raises(ValueError, match="more entries than room"):
        read_elf(io.BytesIO(restated(file, NEEDED_VERSIONS, info=2**32 - 1)))
    with pytest.raises(ValueError, match="overlap, or refer to themselves"):
        read_elf(io.BytesIO(restated(file, NEEDED_VERSIONS, info=2**32 - 1, size=2**40)))


def test_names_that_overlap_end() -> None:
    length, count = 60_000, 400
    file = bytearray(make_elf(symbols=[Symbol("a" * length)] * count))
    entry = struct.pack("<IBB", 1, 0x12, 0)
    for number in range(count):
        at = file.index(entry)
        struct.pack_into("<I", file, at, 2 + number)
    with pytest.raises(ValueError, match="overlap, or refer to themselves"):
        read_elf(io.BytesIO(file))


@pytest.mark.parametrize("symbol", [Symbol("cosl", defined=False), Symbol("cosl", LOCAL)])
def test_a_symbol_without_a_name_is_damaged_also_where_it_is_not_asked_for(symbol: Symbol) -> None:
    file = bytearray(make_elf(symbols=[symbol]))
    entry = struct.pack("<IBB", 1, symbol.binding << 4 | 2, 0)
    struct.pack_into("<I", file, file.index(entry), 2**31)
    with pytest.raises(ValueError, match="name"):
        read_elf(io.BytesIO(file))


def test_what_is_to_be_unpacked_is_refused() -> None:
    file = make_elf(symbols=[Symbol("logl")])
    with pytest.raises(ValueError, match=r"\.symtab is compressed"):
        read_elf(io.BytesIO(restated(file, SYMTAB, flags=COMPRESSED)))


def test_a_table_that_is_not_in_the_file_is_empty() -> None:
    file = make_elf(symbols=[Symbol("logl")])
    assert read_elf(io.BytesIO(restated(file, SYMTAB, type=NOBITS, size=2**40))).defined == set()


def test_the_loader_has_one_table() -> None:
    file = bytearray(make_elf(runpath="/a", load=(0, 0, 1)))
    file[64 + 56 : 64 + 112] = file[64 + 112 : 64 + 168]
    with pytest.raises(ValueError, match="several dynamic segments"):
        read_elf(io.BytesIO(file))
    assert read_linked(io.BytesIO(file)) == Linked()


@pytest.mark.parametrize(
    ("tag", "section"), [(DT_SYMTAB, b".dynsym\0"), (DT_VERNEED, b".gnu.version_r\0")]
)
def test_what_only_the_loader_finds_is_refused(tag: int, section: bytes) -> None:
    file = make_elf(
        dynamic=[Symbol("pow", defined=False, version=2)],
        required={2: ("libm.so.6", "GLIBC_2.29")},
        tags=[(tag, 0)],
    )
    assert read_elf(io.BytesIO(file)).required
    with pytest.raises(ValueError, match="though the loader has one"):
        read_elf(io.BytesIO(file.replace(section, section[:-2] + b"x\0")))


def test_without_section_headers_nothing_can_be_said() -> None:
    file = bytearray(make_elf(tags=[(DT_SYMTAB, 0)], load=(0, 0, 0x10000)))
    struct.pack_into("<Q", file, 40, 0)
    with pytest.raises(ValueError, match=r"no section \.dynsym, though the loader has one"):
        read_elf(io.BytesIO(file))


def test_the_libraries_it_is_loaded_with() -> None:
    assert read_elf(io.BytesIO(make_elf(needed=["liba.so", "libc.so.6"]))).needed == (
        "liba.so",
        "libc.so.6",
    )
