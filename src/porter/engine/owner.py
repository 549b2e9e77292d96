"""Which process a container or temporary folder belongs to, and whether that process still lives.

A process id alone is used again; with the start time of the process (clock ticks since boot,
field 22 of ``/proc/PID/stat``, proc(5)), the boot and the pid namespace it is unique.
"""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MACHINE_ID = Path("/etc/machine-id")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process of this or another machine; ``str()`` gives a token fit for labels and names."""

    machine: str
    boot: str
    namespace: str
    pid: int
    start: str

    @classmethod
    def current(cls) -> Owner:
        """The calling process."""
        pid = os.getpid()
        return cls(
            machine=_machine(),
            boot=_short(Path("/proc/sys/kernel/random/boot_id").read_text()),
            namespace=str(Path("/proc/self/ns/pid").stat().st_ino),
            pid=pid,
            start=start_time(pid) or "0",
        )

    @classmethod
    def parse(cls, text: str) -> Owner | None:
        """Read a token back, or None for what is none of ours."""
        parts = text.split(".")
        if len(parts) != 5 or not parts[3].isascii() or not parts[3].isdigit():
            return None
        return cls(parts[0], parts[1], parts[2], int(parts[3]), parts[4])

    def __str__(self) -> str:
        return f"{self.machine}.{self.boot}.{self.namespace}.{self.pid}.{self.start}"


def start_time(pid: int) -> str | None:
    """When a process started, in clock ticks since boot, or None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in brackets and may hold spaces and brackets itself.
    return stat.rpartition(")")[2].split()[19]


def is_dead(owner: Owner, here: Owner, start: Callable[[int], str | None] = start_time) -> bool:
    """Whether the owner is surely gone: of another machine or pid namespace nobody can tell."""
    if owner.machine != here.machine:
        return False
    if owner.boot != here.boot:
        return True
    return owner.namespace == here.namespace and start(owner.pid) != owner.start


def _machine() -> str:
    """Machines that share a container engine may share a name, as those of one CI do.

    The id is that of machine-id(5), which containers mostly have not.
    """
    try:
        identity = _MACHINE_ID.read_text()
    except OSError:
        identity = ""
    return _short(f"{socket.gethostname()} {identity}")


def _short(text: str) -> str:
    return hashlib.sha256(text.strip().encode()).hexdigest()[:8]
