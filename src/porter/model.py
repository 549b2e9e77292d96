"""The frozen values every part of porter shares. Imports nothing of ours but `errors`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property

from packaging.specifiers import SpecifierSet
from packaging.tags import Tag
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import UsageError

# --- platforms ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Architecture:
    """A CPU architecture, under the names different parts of the field give it."""

    name: str
    """As wheel tags and ``uname -m`` say it: ``aarch64``."""
    triple: str
    """The GNU triple: ``aarch64-linux-gnu``."""
    debian: str
    """As dpkg says it: ``arm64``."""
    oci: str
    """As container images say it: ``arm64`` (``linux/`` goes before it)."""
    elf_machine: str
    """``e_machine`` as pyelftools names it: ``EM_AARCH64``."""
    bits: int = 64
    big_endian: bool = False

    def __str__(self) -> str:
        return self.name


ARCHITECTURES: dict[str, Architecture] = {
    a.name: a
    for a in (
        Architecture("aarch64", "aarch64-linux-gnu", "arm64", "arm64", "EM_AARCH64"),
        Architecture("x86_64", "x86_64-linux-gnu", "amd64", "amd64", "EM_X86_64"),
        Architecture("ppc64le", "powerpc64le-linux-gnu", "ppc64el", "ppc64le", "EM_PPC64"),
        Architecture("s390x", "s390x-linux-gnu", "s390x", "s390x", "EM_S390", big_endian=True),
        Architecture("armv7l", "arm-linux-gnueabihf", "armhf", "arm/v7", "EM_ARM", bits=32),
    )
}

_ALIASES = {
    alias: arch.name
    for arch in ARCHITECTURES.values()
    for alias in (arch.debian, arch.oci, f"linux/{arch.oci}", arch.triple)
}
"""What others call an architecture, for hints."""

# The alternative names of PEP 600's perennial tags: https://peps.python.org/pep-0600/#legacy-manylinux-tags
LEGACY_POLICIES = {(2, 5): "manylinux1", (2, 12): "manylinux2010", (2, 17): "manylinux2014"}
# The newest glibc a policy may name; auditwheel 6.8 knows 2_34 to 2_41.
NEWEST_GLIBC = (2, 41)


@dataclass(frozen=True, slots=True, order=True)
class Policy:
    """A manylinux policy: the highest glibc the wheels may ask for (PEP 600)."""

    glibc: tuple[int, int]

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Read ``manylinux2014`` or ``manylinux_2_17``; raise `UsageError` for anything else."""
        for glibc, name in LEGACY_POLICIES.items():
            if text == name and glibc >= (2, 17):
                return cls(glibc)
        if match := re.fullmatch(r"manylinux_2_(\d{1,3})", text):
            glibc = (2, int(match[1]))
            if (2, 17) <= glibc <= NEWEST_GLIBC:
                return cls(glibc)
        raise _no_policy(text)

    @property
    def perennial(self) -> str:
        """The PEP 600 name: ``manylinux_2_17``."""
        return f"manylinux_{self.glibc[0]}_{self.glibc[1]}"

    def __str__(self) -> str:
        return LEGACY_POLICIES.get(self.glibc, self.perennial)


def _no_policy(text: str) -> UsageError:
    accepted = f"Accepted: manylinux2014 (manylinux_2_17) to manylinux_2_{NEWEST_GLIBC[1]}."
    if "musl" in text.lower():
        return UsageError(
            f"porter builds for glibc (manylinux), not for musl: policy {text!r}",
            hint=f"A wheel for musl (Alpine) has to be built there, from its source. {accepted}",
        )
    meant = re.search(r"(?<!\d)2[._](\d{1,3})(?!\d)", text)
    glibc = (2, int(meant[1])) if meant else None
    glibc = next((g for g, name in LEGACY_POLICIES.items() if text.startswith(name)), glibc)
    if glibc and glibc < (2, 17):
        return UsageError(
            f"policy {text!r} is older than glibc 2.17, the oldest that porter builds for",
            hint=f"Take manylinux2014. {accepted}",
        )
    if glibc and glibc <= NEWEST_GLIBC:
        accepted = f"Did you mean {Policy(glibc)}? {accepted}"
    return UsageError(f"unknown policy {text!r}", hint=accepted)


@dataclass(frozen=True, slots=True)
class Platform:
    """An architecture and the libc policy ceiling: ``manylinux2014_aarch64``."""

    arch: Architecture
    policy: Policy

    @classmethod
    def parse(cls, arch: str, policy: str) -> Platform:
        """Read the values of ``--arch`` and ``--policy``; `UsageError` names the accepted ones."""
        if arch not in ARCHITECTURES:
            accepted = f"Accepted: {', '.join(ARCHITECTURES)}."
            near = _ALIASES.get(arch.lower()) or next(
                iter(get_close_matches(arch, ARCHITECTURES)), ""
            )
            raise UsageError(
                f"unknown architecture {arch!r}",
                hint=f"Did you mean {near}? {accepted}" if near else accepted,
            )
        return cls(ARCHITECTURES[arch], Policy.parse(policy))

    def __str__(self) -> str:
        return f"{self.policy}_{self.arch}"


# First releases: https://peps.python.org/ (the release schedule PEP of each series).
# Last patch release known when this was written; markers such as python_full_version use it.
_SERIES: dict[int, tuple[date, int]] = {
    6: (date(2016, 12, 23), 15),
    7: (date(2018, 6, 27), 17),
    8: (date(2019, 10, 14), 20),
    9: (date(2020, 10, 5), 25),
    10: (date(2021, 10, 4), 19),
    11: (date(2022, 10, 24), 14),
    12: (date(2023, 10, 2), 12),
    13: (date(2024, 10, 7), 9),
    14: (date(2025, 10, 7), 1),
}


@dataclass(frozen=True, slots=True, order=True)
class Interpreter:
    """A CPython the wheels are for; only ``major`` 3 exists here."""

    major: int
    minor: int

    @classmethod
    def parse(cls, text: str) -> Interpreter:
        """Read ``3.9`` or ``cp39``; raise `UsageError` naming the accepted values."""
        match = re.fullmatch(r"(?:cp)?3\.?(\d{1,2})", text)
        if match and int(match[1]) in _SERIES:
            return cls(3, int(match[1]))
        accepted = f"Accepted: {', '.join(f'3.{minor}' for minor in _SERIES)}."
        series = re.fullmatch(r"3\.(\d{1,2})\.\S+", text)
        if series and int(series[1]) in _SERIES:
            accepted = f"Wheels are for all of a series: 3.{series[1]}. {accepted}"
        raise UsageError(f"unknown Python {text!r}", hint=accepted)

    @property
    def tag(self) -> str:
        """The interpreter tag of PEP 425: ``cp39``."""
        return f"cp{self.major}{self.minor}"

    @property
    def abi(self) -> str:
        """The ABI tag: ``cp37m`` up to 3.7, then the same as `tag`."""
        return f"{self.tag}m" if self.minor < 8 else self.tag

    @property
    def version(self) -> str:
        """``3.9``."""
        return f"{self.major}.{self.minor}"

    @property
    def full_version(self) -> str:
        """The last patch release known: what ``python_full_version`` says for the target."""
        return f"{self.major}.{self.minor}.{_SERIES[self.minor][1]}"

    @property
    def first_release(self) -> datetime:
        """When 3.X.0 came out (UTC): its packages cannot have been tried before."""
        return datetime.combine(_SERIES[self.minor][0], datetime.min.time(), UTC)

    def __str__(self) -> str:
        return self.tag


INTERPRETERS = tuple(Interpreter(3, minor) for minor in _SERIES)
# PEP 594 and 632, and what went with them. Not those whose names a package could use for its own.
REMOVED_MODULES = frozenset(
    {
        *("aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "crypt"),
        *("distutils", "imghdr", "imp", "mailcap", "nntplib", "pipes", "smtpd", "sndhdr"),
        *("sunau", "telnetlib", "uu", "xdrlib"),
    }
)
"""Modules that the standard library of some interpreter of these has no longer."""


# --- files on an index ----------------------------------------------------------------------


DIRECT = "direct"
"""The index name of a file that was asked for by its address."""
RECIPE = "recipe"
"""The index name of a source that a recipe gives, whose address stands in the recipe."""
CRATE = "crate"
"""The index name of a crate that a Cargo.lock names."""


@dataclass(frozen=True)
class File:
    """One file of a release, as an index lists it (PEP 503, 691, 700)."""

    index: str
    """The index's name in porter's configuration: ``default``, or what the user called it."""
    filename: str
    url: str
    name: NormalizedName
    version: Version
    sha256: str | None
    size: int | None = None
    """Bytes, where the index says."""
    upload_time: datetime | None = None
    requires_python: SpecifierSet | None = None
    yanked: str | None = None
    """Why it was yanked (PEP 592; may be the empty string), or None."""
    tags: frozenset[Tag] = field(default_factory=frozenset)
    """A wheel's tags; empty for an sdist."""
    build: tuple[int, str] | tuple[()] = ()
    metadata_sha256: str | None = None
    """Hash of the PEP 658 metadata file, where the index gives one."""
    direct: bool = False
    """Whether it was asked for by its address (PEP 508); then a plan keeps the address."""

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; otherwise it is an sdist."""
        return self.filename.endswith(".whl")

    @cached_property
    def is_pure(self) -> bool:
        """Whether the wheel serves every platform (``…-none-any``)."""
        return any(tag.platform == "any" and tag.abi == "none" for tag in self.tags)


# --- the graph ------------------------------------------------------------------------------


class State(StrEnum):
    """What a node of a plan is; during a run and after it also how it stands."""

    AVAILABLE = "available"
    PORT = "port"
    NO_SOURCE = "no-source"
    BUILT = "built"
    FAILED = "failed"
    BLOCKED = "blocked"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """It was being built by a run that was killed."""


class EdgeKind(StrEnum):
    """Why one node needs another."""

    INSTALL = "install"
    BUILD = "build"


class Side(StrEnum):
    """Where a node's wheel runs (as in Meson: build machine and host machine)."""

    TARGET = "target"
    BUILD = "build"


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file a plan is locked to: by index name, file name and hash.

    Its address is kept only where it was asked for by it.
    """

    index: str
    filename: str
    sha256: str
    size: int | None = None
    upload_time: datetime | None = None
    url: str | None = None
    """Where it is, without credentials; of a commit ``git+https://…@HASH``."""


@dataclass(frozen=True, slots=True)
class Node:
    """A package in the graph: (name, version, interpreter, side)."""

    name: NormalizedName
    version: Version
    interpreter: Interpreter
    side: Side
    state: State
    reason: str
    """Why it has this state, in one sentence a person understands."""
    source: Artifact | None = None
    """The sdist a port is built from."""
    wheel: Artifact | None = None
    """The wheel that is installed where one is usable on the node's side."""
    target_wheel: Artifact | None = None
    """For a build-side node: the wheel of the same release for the target, which the strategies
    that run the target's Python install instead; None where `wheel` serves both or none exists."""
    recipe: str | None = None
    requires: tuple[str, ...] = ()
    """Build requirements as the source states them (ports only)."""
    executed: tuple[str, ...] = ()
    """Hooks of its build backend that were run to plan it, in a sandbox (ports only)."""
    obstacle: str | None = None
    """Why it has no build environment, in a sentence and the lines that explain it: it fails when
    it is prepared, and what does not need it is built (ports only)."""
    warnings: tuple[str, ...] = ()
    id: str = field(init=False, repr=False, compare=False)
    """``numpy==1.18.5@cp39``; a build-side node ends in ``:build``."""

    @property
    def target_id(self) -> str:
        """The id of the same release on the target's side."""
        return self.id.removesuffix(":build")

    def __post_init__(self) -> None:
        # Kept, because a run asks for it a hundred times, and a version is slow to write.
        suffix = ":build" if self.side is Side.BUILD else ""
        node_id = f"{self.name}=={self.version}@{self.interpreter.tag}{suffix}"
        object.__setattr__(self, "id", node_id)


@dataclass(frozen=True, slots=True)
class Edge:
    """``start`` needs ``end`` because of ``requirement``; both are node ids.

    The ``build`` edges of a port name its whole build environment (not only what it asks for
    itself), because two ports may meet different versions of the same build requirement.
    """

    start: str
    end: str
    kind: EdgeKind
    requirement: str


DEFAULT_BUILD_ARCH = ARCHITECTURES["x86_64"]
"""Of a plan that names none."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the user asked for."""

    requirements: tuple[str, ...]
    platform: Platform
    interpreters: tuple[Interpreter, ...]
    notes: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    exclude_newer: datetime | None = None
    from_source: tuple[str, ...] = ()
    """Names that are built even where a wheel is usable, sorted; ``:all:`` for every one."""
    prefer: str = "newest"
    prereleases: bool = False
    wheels_only: tuple[str, ...] = ()
    """Names of which nothing is built, sorted (``--only-binary`` of a requirements file)."""
    build_arch: Architecture = DEFAULT_BUILD_ARCH
    """Of the build platform: what build requirements are run on."""

    @property
    def builds_itself(self) -> bool:
        """Whether what is built is built by programs of the target itself."""
        return self.build_arch == self.platform.arch


@dataclass(frozen=True, slots=True)
class Plan:
    """A resolved, classified graph, locked by hashes. Nodes and edges are sorted and unique."""

    target: Target
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


# --- outcomes -------------------------------------------------------------------------------


class Phase(StrEnum):
    """The steps of a port, in their order."""

    FETCH = "fetch"
    PREPARE = "prepare"
    BUILD = "build"
    REPAIR = "repair"
    VERIFY = "verify"
    PUBLISH = "publish"


class Strategy(StrEnum):
    """How a port is built; the order is the ladder ``auto`` climbs."""

    CROSS = "cross"
    ACCELERATED = "accelerated"
    EMULATED = "emulated"
    NATIVE = "native"


BY_THE_TARGET = (Strategy.ACCELERATED, Strategy.EMULATED)
"""Those by which the target's own programs build, run by an emulator; the better first."""


class Ending(StrEnum):
    """How a port ended."""

    BUILT = "built"
    CACHED = "cached"
    FAILED = "failed"
    BLOCKED = "blocked"
    NO_SOURCE = "no-source"
    AVAILABLE = "available"
    """Asked for by name, and an index has a usable wheel: fetched and verified, not built."""

    @property
    def has_wheel(self) -> bool:
        """Whether it is a good end: the wheel is there."""
        return self in {Ending.BUILT, Ending.CACHED, Ending.AVAILABLE}


class Comparison(StrEnum):
    """What came of ``--check-reproducible`` for a port."""

    SAME = "same"
    """Built again, it is the same file."""
    DIFFERENT = "different"
    FIRST = "first"
    """There was no wheel from the same inputs to compare it with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one port, or of one available wheel that was asked for, in one run."""

    id: str
    ending: Ending
    phase: Phase | None = None
    """Where it failed."""
    reason: str | None = None
    context: str = ""
    """The log lines that matter."""
    hint: str | None = None
    rule: str | None = None
    """The kind of failure, by its name in docs/reference/failures.md."""
    remembered: datetime | None = None
    """When an earlier run found this failure, where nothing was run now."""
    blocked_by: tuple[str, ...] = ()
    strategy: Strategy | None = None
    engine: str | None = None
    attempts: int = 0
    seconds: float = 0.0
    key: str | None = None
    wheel: str | None = None
    """File name in the wheelhouse."""
    grafted: tuple[str, ...] = ()
    """Libraries that were copied into it."""
    sizes: tuple[int, ...] = ()
    """Bytes of the wheel as it was built, and as it was published; empty where none was built."""
    parity: str | None = None
    """With which wheel of upstream's it was compared."""
    sha256: str | None = None
    verified: str = "none"
    """``import``, ``tests`` or ``none`` (then a warning says why)."""
    modules: int = 0
    """Modules imported on the target."""
    tests: int = 0
    """Tests passed on the target."""
    verified_on: Mapping[str, str] = field(default_factory=dict)
    """By other distribution (``debian:trixie``): ``import``, or why it could not be tried there."""
    warnings: tuple[str, ...] = ()
    log: str | None = None
    """Path of the log, relative to the workspace."""
    reproducible: Comparison | None = None
    """None where that was not asked."""
