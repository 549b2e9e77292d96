"""How far a step in namespaces is kept apart, and what of that this kernel permits."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from itertools import combinations
from pathlib import Path
from typing import Literal, Protocol

from porter.engine.view import Sandbox

Isolation = Literal["full", "reduced"]
"""``reduced`` goes without what the kernel refuses, where a step can still run."""


class Part(StrEnum):
    """A part of the isolation some kernels and containers refuse; the value says what is lost."""

    PROC = "a /proc of its own (steps see the processes of this machine)"
    USER = "a user namespace (steps run as the calling root, without capabilities)"
    NET = "a network namespace (steps can reach the network)"


class Launcher(Protocol):
    """Turns a sandbox into a command."""

    name: str
    no_command: str
    """What it says, instead of ending with 127, when the root does not hold the command."""

    @property
    def missing(self) -> frozenset[Part]:
        """The parts left out."""
        ...

    def command(self, box: Sandbox, stage: Path) -> list[str]:
        """The command line; `stage` is an existing folder for what the launcher needs."""
        ...

    def started(self, stage: Path) -> bool:
        """Whether the sandbox had been set up and the command was run."""
        ...


def ladder(isolation: Isolation) -> Iterator[frozenset[Part]]:
    """What may be missing, the least first; with ``full`` that is nothing."""
    for count in range(len(Part) + 1 if isolation == "reduced" else 1):
        yield from map(frozenset, combinations(Part, count))
