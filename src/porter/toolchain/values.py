"""What a toolchain is, and what was learnt of an interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from porter.engine import Mount

Variables = Mapping[str, str | int]
"""A build's configuration as CPython keeps it in ``_sysconfigdata``."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Compilers for a target, as a build in a sandbox sees them."""

    digest: str
    """Identity of all in it that can change a build's output (``sha256:…``); the number of
    parallel jobs is not among that. The digests of the roots stand beside it in a key."""
    mounts: tuple[Mount, ...]
    """Read-only, under ``/porter/toolchain`` and at ``/porter/sysroot``."""
    env: Mapping[str, str]
    path: tuple[str, ...] = ()
    """Folders of the sandbox that come first on PATH."""
    path_last: tuple[str, ...] = ()
    """Those that come last."""
    pythonpath: tuple[str, ...] = ()
    """Folders of the sandbox for PYTHONPATH."""
    libraries: tuple[Path, ...] = ()
    """Folders on this machine whose libraries a wheel may be linked with, beside the sysroot's."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A root's Python, as it describes itself."""

    version: tuple[int, int]
    multiarch: str
    """The triple its build says it is for, or the empty string."""
    variables: Variables
    """``build_time_vars`` of its ``_sysconfigdata``."""
    headers: Mapping[str, str]
    """Its C headers: path below ``include/python3.X`` to text."""
