"""What one attempt at one port needs, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from porter.engine import Limits, Root
from porter.environment import Environment
from porter.model import Interpreter, Platform
from porter.toolchain import Toolchain

# Where things lie inside a step. The same for every engine and machine, so that paths which a
# build writes into its output do not differ between two runs.
SOURCE = "/porter/work/src"
ENVIRONMENT = "/porter/env"
OUT = "/porter/out"
# Where backends put wheels. A folder they may remove: up to setuptools 40.8 they do, and make it
# anew, which no mount point allows.
MADE = f"{OUT}/made"
HOOK = "/porter/hook"
DEFAULT_PATH = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


@dataclass(frozen=True, slots=True)
class Job:
    """One attempt: inputs that were fetched and checked, and where it may write."""

    name: str
    """For labels and messages: ``numpy-1.18.5-cp39``."""
    sdist: Path
    wheels: tuple[Path, ...]
    """The whole build environment."""
    platform: Platform
    interpreter: Interpreter
    root: Root
    """Where the build's Python runs."""
    toolchain: Toolchain
    work: Path
    """A scratch folder of this attempt alone."""
    timestamp: int
    """``SOURCE_DATE_EPOCH``: seconds since 1970 (https://reproducible-builds.org/specs/)."""
    overlays: tuple[Path, ...] = ()
    """The target's wheels of build requirements: what compilers read of them goes over
    `wheels`."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What the recipe sets."""
    config_settings: Mapping[str, str] = field(default_factory=dict)
    patches: tuple[Path, ...] = ()
    """Applied in this order with ``patch -p1``."""
    script: tuple[tuple[str, ...], ...] = ()
    """Commands to run in the source tree before the build backend is called."""
    limits: Limits = Limits()

    @property
    def source(self) -> Path:
        """The unpacked sdist."""
        return self.work / "src"

    @property
    def out(self) -> Path:
        """What a backend may write into, beside the source tree."""
        return self.work / "raw"

    @property
    def made(self) -> Path:
        """Where the raw wheel appears. A build may put anything in its place, a link too."""
        return self.out / PurePosixPath(MADE).name


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """The ``[build-system]`` of a source tree (PEP 517, PEP 518)."""

    backend: str
    backend_path: tuple[str, ...] = ()
    script: bool = False
    """Whether there is no pyproject.toml at all: then ``setup.py`` is run as the program it was
    written as, and not by the backend."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job whose source is unpacked and whose build environment stands."""

    job: Job
    system: BuildSystem
    environment: Environment
    cargo_home: Path | None = None
    """Where cargo finds the crates of its lock, for what takes some from a registry."""
