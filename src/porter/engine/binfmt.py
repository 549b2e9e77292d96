"""Whether this kernel can run programs of another architecture.

binfmt_misc lists one file per registered interpreter:
https://docs.kernel.org/admin-guide/binfmt-misc.html
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

from porter.model import Architecture

REGISTRY = Path("/proc/sys/fs/binfmt_misc")


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered interpreter, and the ELF machine it is for."""

    enabled: bool
    interpreter: str
    flags: str
    machine: int | None
    """``e_machine``, or None where the entry is not for one kind of ELF file."""

    @property
    def fixed(self) -> bool:
        """Whether it was opened at registration (flag F): it works in roots that do not hold it."""
        return "F" in self.flags


def parse(text: str) -> Entry:
    """Read an entry as the kernel shows it."""
    lines = text.splitlines()
    fields = dict(line.split(" ", 1) for line in lines if " " in line)
    return Entry(
        enabled="enabled" in lines,
        interpreter=fields.get("interpreter", ""),
        flags=fields.get("flags:", ""),
        machine=_machine(bytes.fromhex(fields.get("magic", "")), int(fields.get("offset", "0"))),
    )


def is_native(arch: Architecture) -> bool:
    """Whether it is this machine's own architecture."""
    return arch.name == platform.machine()


def supported(arch: Architecture, *, registry: Path = REGISTRY) -> bool:
    """Whether programs of an architecture run here: its own, or by an interpreter with flag F."""
    if is_native(arch):
        return True
    from elftools.elf.enums import ENUM_E_MACHINE

    if not _switched_on(registry):
        return False
    wanted = ENUM_E_MACHINE[arch.elf_machine]
    entries = (parse(file.read_text()) for file in registry.iterdir() if _is_entry(file))
    return any(e.enabled and e.fixed and e.machine == wanted for e in entries)


def _switched_on(registry: Path) -> bool:
    status = registry / "status"
    return status.is_file() and status.read_text().strip() == "enabled"


def _is_entry(file: Path) -> bool:
    return file.name not in {"register", "status"}


def _machine(magic: bytes, offset: int) -> int | None:
    """``e_machine`` of an ELF header: bytes 18 and 19, in the order EI_DATA (byte 5) names."""
    if offset or len(magic) < 20 or magic[:4] != b"\x7fELF":
        return None
    return int.from_bytes(magic[18:20], "big" if magic[5] == 2 else "little")
