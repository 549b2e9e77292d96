"""Where the wheels of one resolution run: a side of the graph, with its tags and markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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

    @classmethod
    def target(cls, platform: Platform, interpreter: Interpreter) -> Runtime:
        """The platform the wheels are made for."""
        return cls(
            side=Side.TARGET,
            interpreter=interpreter,
            label=platform.arch.name,
            ranks=_ranks(target_tags(platform, interpreter)),
            local_ranks=_ranks(target_tags(platform, interpreter, local=True)),
            markers=marker_environment(platform, interpreter),
        )

    @classmethod
    def build(cls, arch: Architecture, glibc: tuple[int, int], interpreter: Interpreter) -> Runtime:
        """The platform the compilers run on; ``glibc`` is that of the oldest build root."""
        return cls(
            side=Side.BUILD,
            interpreter=interpreter,
            label=arch.name,
            ranks=_ranks(build_tags(arch, glibc, interpreter)),
            local_ranks=_ranks(build_tags(arch, glibc, interpreter, local=True)),
            markers=marker_environment(arch, interpreter),
        )

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
