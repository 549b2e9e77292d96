"""What the steps of a run use, and what a person asked of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from porter.build import Ladder
from porter.config import Workspace
from porter.crates import Crate, Supply
from porter.engine import Engine, Limits, Output
from porter.model import Artifact, Node, Side
from porter.recipes import Recipe
from porter.recipes.schema import Rules
from porter.run.artifacts import Artifacts
from porter.run.attempt import Attempt
from porter.run.events import EventSink, Wrote
from porter.run.journal import Journal
from porter.run.kits import Kit, KitSource
from porter.run.watch import DAY, SILENCE, SLACK, Patience
from porter.verify import Nothing, Upstream
from porter.wheelhouse import Wheelhouse


@dataclass(frozen=True, slots=True)
class Services:
    """What the steps use; made by the composition root."""

    workspace: Workspace
    engine: Engine
    kits: Mapping[Side, KitSource]
    """By where a node's wheel runs: the target, or the build platform itself."""
    fetch: Callable[[Node, Artifact], Path]
    """Brings a file the plan names to this machine, checked by its hash."""
    crates: Callable[[Sequence[Crate], Kit], Supply]
    """Brings the crates that a lock names likewise."""
    companions: Callable[[Node, Sequence[str], Mapping[NormalizedName, Version]], tuple[Path, ...]]
    """Wheels a node is proved with (requirements) beside what is installed with it (by name)."""
    upstream: Callable[[Node], Upstream | Nothing]
    """The wheel upstream made of a node's release for another platform."""
    recipe: Callable[[Node], Recipe | None]
    journal: Journal
    versions: Mapping[str, str]
    """Of porter and what it works with, for the journal."""
    artifacts: Artifacts
    wheelhouse: Wheelhouse
    served: Mapping[str, Attempt]
    """By node id: what gave a port its wheel last, as the journal had it when the run began."""
    ladder: Callable[[Node], Ladder]
    """The strategies to try for a port."""
    sink: EventSink
    pause: Callable[[float], object] | None = None
    """Waits some seconds before something is tried again; None: until then, or a `Steps.halt`."""

    def echo(self, node: Node) -> Output:
        """Passes on what the steps of a port write, as they write it."""
        return lambda data: self.sink(Wrote(node, data))


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked of this run."""

    verify: str = "import"
    verify_on: tuple[str, ...] = ()
    """Other distributions to prove wheels on: ``debian:trixie``."""
    timeout: float | None = None
    """Seconds that the commands of one attempt may take together."""
    silence: float | None = None
    """Seconds that one of them may write nothing."""
    cpus: float | None = None
    """Cores a step may use."""
    memory: int | None = None
    """Bytes a step may use."""
    rebuild: frozenset[str] = field(default_factory=frozenset)
    """Names of ports to build although they are finished."""
    retry_failed: bool = False
    """Whether to try again what failed before, although nothing has changed."""

    def patience(self, recipe: Recipe | None) -> Patience:
        """How long an attempt is waited for: as asked for, else as its recipe lets expect."""
        known = recipe.rules if recipe else Rules()
        return Patience(
            seconds=self.timeout or max(DAY, SLACK * float(known.time or 0)),
            silence=self.silence or known.max_silent_time or SILENCE,
        )

    check_reproducible: bool = False
    """Whether what is built again is compared with the wheel before."""

    def limits(self, seconds: float | None = None) -> Limits:
        """What one step may use; `seconds` where no `timeout` was asked for."""
        return Limits(cpus=self.cpus, memory=self.memory, seconds=self.timeout or seconds)
