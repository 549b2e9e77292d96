"""Write ``/etc/ld.so.cache`` of a foreign root.

``ldconfig -r`` skips libraries of another architecture than its own, and running the target's
needs QEMU and root. The format is that of glibc's ``sysdeps/generic/dl-cache.h`` (the "new"
format, read by every glibc since 2.2); the order is that of ``_dl_cache_libcmp``.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile

from porter.model import Architecture

_MAGIC = b"glibc-ld.so.cache1.1"
# FLAG_…_LIB64 (or LIBHF) | FLAG_ELF_LIBC6, of glibc's sysdeps/generic/ldconfig.h.
_FLAGS = {"x86_64": 0x0303, "aarch64": 0x0A03, "ppc64le": 0x0503, "s390x": 0x0403, "armv7l": 0x0903}
_HEADER = "20sIIB3xI12x"
_ENTRY = "iIIIQ"
_LITTLE_ENDIAN, _BIG_ENDIAN = 2, 3


def write_cache(root: Path, arch: Architecture) -> int:
    """Write the cache of the libraries in the root's search folders; return how many."""
    libraries: dict[str, str] = {}
    for folder in search_folders(root):
        for name in _libraries(root / folder, arch):
            libraries.setdefault(name, f"/{folder}/{name}")
    (root / "etc/ld.so.cache").write_bytes(encode(libraries, arch))
    return len(libraries)


def search_folders(root: Path) -> Sequence[str]:
    """What ``ld.so.conf`` names, then the system's own, relative to the root."""
    named = [
        line.strip().lstrip("/")
        for file in sorted((root / "etc/ld.so.conf.d").glob("*.conf"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.startswith("/")
    ]
    return [f for f in dict.fromkeys([*named, "lib", "usr/lib"]) if (root / f).is_dir()]


def encode(libraries: dict[str, str], arch: Architecture) -> bytes:
    """The cache's bytes for names and absolute paths."""
    order = ">" if arch.big_endian else "<"
    start = struct.calcsize(order + _HEADER) + len(libraries) * struct.calcsize(order + _ENTRY)
    entries, strings = bytearray(), bytearray()
    for name in sorted(libraries, key=_rank, reverse=True):
        key = start + len(strings)
        strings += name.encode() + b"\0"
        value = start + len(strings)
        strings += libraries[name].encode() + b"\0"
        entries += struct.pack(order + _ENTRY, _FLAGS[arch.name], key, value, 0, 0)
    endian = _BIG_ENDIAN if arch.big_endian else _LITTLE_ENDIAN
    header = struct.pack(order + _HEADER, _MAGIC, len(libraries), len(strings), endian, 0)
    return header + bytes(entries) + bytes(strings)


def _rank(name: str) -> list[tuple[int, int]]:
    """Order of ``_dl_cache_libcmp``: numbers by value, and after every other character."""
    runs = re.findall(r"\d+|\D", name)
    return [(1, int(run)) if run.isdigit() else (0, ord(run)) for run in runs]


def _libraries(folder: Path, arch: Architecture) -> Iterator[str]:
    """Names that can be loaded: a library's own SONAME, and the link a linker follows."""
    for path in sorted(folder.iterdir()):
        name = path.name
        if re.match(r"(lib|ld-|ld\d).*\.so", name) and path.is_file():
            soname = _soname(path, arch)
            followed_by_linkers = path.is_symlink() and name.endswith(".so")
            if soname is not None and (soname in {"", name} or followed_by_linkers):
                yield name


def _soname(path: Path, arch: Architecture) -> str | None:
    """Its SONAME, empty if it has none; None for anything but a library of this architecture."""
    with path.open("rb") as stream:
        if stream.read(4) != b"\x7fELF":
            return None
        try:
            elf = ELFFile(stream)
            if elf["e_machine"] != arch.elf_machine:
                return None
            for segment in elf.iter_segments():
                if isinstance(segment, DynamicSegment):
                    return _tag_soname(segment)
        except ELFError:
            return None
    return None


def _tag_soname(segment: DynamicSegment) -> str:
    for tag in segment.iter_tags("DT_SONAME"):
        return str(tag.soname)  # type: ignore[attr-defined]  # set by the tag's kind
    return ""
