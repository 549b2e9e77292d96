"""What an engine is asked and what it answers."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from porter.model import Architecture

_FROM_OUTSIDE = frozenset(
    128 + number for number in (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)
)
"""Statuses of programs that another process ended: no program sends itself these signals."""

Output = Callable[[bytes], None]
"""Takes what the command writes (standard output and error together), as it comes."""


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of this machine, shown to the step; read-only unless said otherwise."""

    source: Path
    target: str
    """Absolute path inside the step's root."""
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a step may use. None means: the engine's own default, or no limit."""

    cpus: float | None = None
    memory: int | None = None
    """Bytes."""
    pids: int = 4096
    seconds: float | None = None
    """Wall time, after which the step is killed."""
    silence: float | None = None
    """Seconds without any output, after which the step is killed."""


@dataclass(frozen=True, slots=True)
class Root:
    """A root filesystem that steps run in, and the Python inside it."""

    name: str
    """An image reference, a folder's name, or ``host``."""
    arch: Architecture
    digest: str
    """Identity of its content (``sha256:…``), part of every key."""
    python: str | None
    """Absolute path, inside the root, of the interpreter it was asked for."""
    origin: str
    """``pypa`` (a manylinux image), ``debian`` (bootstrapped) or ``host``."""
    path: Path | None = None
    """Where its files lie unpacked on this machine; None for an image of a container engine, and
    for the host itself."""
    overlays: tuple[Mount, ...] = ()
    """What every step in it sees over its files."""

    @property
    def is_host(self) -> bool:
        """Whether it is this machine itself, of which steps see no compiler."""
        return self.origin == "host"


@dataclass(frozen=True, slots=True)
class Step:
    """One command, run without a network in a root, seeing its mounts and nothing of the host."""

    name: str
    """For labels and messages: ``numpy-1.18.5-cp39.build``."""
    argv: tuple[str, ...]
    root: Root
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment but PATH, HOME and what the root itself defines."""
    mounts: tuple[Mount, ...] = ()
    cwd: str = "/"
    limits: Limits = Limits()

    @property
    def shown(self) -> tuple[Mount, ...]:
        """All that lies over the files of its root."""
        return (*self.root.overlays, *self.mounts)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a step's command ended."""

    code: int
    seconds: float
    timed_out: bool = False
    """Killed, because its time was over or because it was silent too long."""
    silent: bool = False
    """It was the silence."""
    out_of_memory: bool = False
    cpu_seconds: float | None = None
    """CPU time of all its processes; None where the engine cannot tell."""
    peak_memory: int | None = None
    """The most its processes held at once, in bytes, file cache included; likewise."""

    @property
    def cause(self) -> str | None:
        """The kind of failure that it ran into a limit is; None where it did not."""
        if self.timed_out:
            return "silent" if self.silent else "timeout"
        return "out-of-memory" if self.out_of_memory else None

    @property
    def killed(self) -> bool:
        """Whether somebody else ended it: none of its limits, and not it itself."""
        return self.cause is None and self.code in _FROM_OUTSIDE


class Engine(Protocol):
    """Runs steps. Contract tests: tests/unit/engine/contract.py."""

    name: str

    def run(self, step: Step, output: Output) -> Exit:
        """Run the command to its end and return how it ended; a failing command is no error.

        On KeyboardInterrupt, or any other exception, the command and its children are gone
        before the exception goes on. Raises `porter.errors.EngineError` when the engine itself
        fails.
        """
        ...

    def sweep(self) -> int:
        """Remove what killed runs of porter left behind; return how many things that were."""
        ...

    def stop(self) -> None:
        """Kill the steps of all threads, for good: their `run` raises KeyboardInterrupt."""
        ...
