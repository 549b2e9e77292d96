"""Where the wheels of one resolution run: a side of the graph, with its tags and markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from packaging.tags import Tag
from packaging.version import Version

from porter.model import Architecture, File, Interpreter, Platform, Side
from porter.resolve.markers import marker_environment
from porter.resolve.tags import build_tags, target_tags


@dataclass(frozen=True, slots=True)
class Runtime:
    """An interpreter on a platform, as a resolver sees it."""

    side: Side
    interpreter: Interpreter
    label: str
    """For sentences: ``aarch64``."""
    ranks: Mapping[Tag, int]
    """A tag's place, 0 being the best; missing: not usable."""
    local_ranks: Mapping[Tag, int]
    """The same for files that lie on this machine."""
    markers: Mapping[str, str]
    """By which it is judged whether a requirement applies."""
    own_markers: Mapping[str, str]
    """The same for what its own machine code requires: those of the platform itself."""

    @classmethod
    def target(cls, platform: Platform, interpreter: Interpreter) -> Runtime:
        """The platform the wheels are made for."""
        markers = marker_environment(platform, interpreter)
        return cls(
            side=Side.TARGET,
            interpreter=interpreter,
            label=platform.arch.name,
            ranks=_ranks(target_tags(platform, interpreter)),
            local_ranks=_ranks(target_tags(platform, interpreter, local=True)),
            markers=markers,
            own_markers=markers,
        )

    @classmethod
    def build(
        cls,
        arch: Architecture,
        glibc: tuple[int, int],
        interpreter: Interpreter,
        *,
        target: Platform,
    ) -> Runtime:
        """The platform the compilers run on; ``glibc`` is that of the oldest build root.

        What a source asks for by the machine, it asks for by the one it is built for: the target's
        markers count, as they would in a build there. (oldest-supported-numpy names a later NumPy
        for AArch64 than for x86_64, because no earlier one has a wheel there.)
        """
        return cls(
            side=Side.BUILD,
            interpreter=interpreter,
            label=arch.name,
            ranks=_ranks(build_tags(arch, glibc, interpreter)),
            local_ranks=_ranks(build_tags(arch, glibc, interpreter, local=True)),
            markers=marker_environment(target, interpreter),
            own_markers=marker_environment(arch, interpreter),
        )

    def for_itself(self) -> Runtime:
        """The same, for what is built to run here."""
        return replace(self, markers=self.own_markers)

    def markers_of(self, wheel: File | None) -> Mapping[str, str]:
        """What decides which requirements of a release apply, if this wheel of it is taken.

        Machine code needs beside it what it needs where it runs (PyTorch's libraries of CUDA); a
        pure wheel may only pass on what a source asks for.
        """
        return self.markers if wheel is None or wheel.is_pure else self.own_markers

    def rank(self, file: File) -> int | None:
        """How well a wheel fits, 0 being the best; None when it cannot be used here."""
        ranks = self.local_ranks if is_local(file) else self.ranks
        return min((ranks[tag] for tag in file.tags if tag in ranks), default=None)

    def allows(self, file: File) -> bool:
        """Whether the file's Requires-Python admits this interpreter."""
        version = Version(self.interpreter.full_version)
        return file.requires_python is None or file.requires_python.contains(
            version, prereleases=True
        )


def is_local(file: File) -> bool:
    """Whether a file lies on this machine (the user named it, or its folder)."""
    return file.url.startswith(("file:", "/"))


def _ranks(tags: Iterable[Tag]) -> dict[Tag, int]:
    ranks: dict[Tag, int] = {}
    for place, tag in enumerate(tags):
        ranks.setdefault(tag, place)
    return ranks
