"""A run on fakes: engine, kits and index are; plan, journal, artifacts and wheelhouse are not."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import Version

from fakes import building
from fakes.crates import CRATES_IO, FakeCrate
from fakes.engine import FakeEngine, Inside, Match, Reply
from fakes.wheels import make_wheel
from porter.build import Ladder
from porter.build.job import MADE
from porter.config import Workspace
from porter.crates import UNREACHABLE, Crate, Supply
from porter.engine import Root, Step
from porter.errors import ImageError, StepFailed
from porter.graph import PortGraph
from porter.images import Sysroot
from porter.model import Artifact, Interpreter, Node, Outcome, Plan, Side, Strategy
from porter.recipes import Recipe, Recipes, SystemPackages
from porter.run import (
    Artifacts,
    Capacity,
    Event,
    Journal,
    Options,
    Schedule,
    Services,
    Steps,
    Threads,
    run,
)
from porter.run.kits import NO_PACKAGES, Elsewhere, Kit, Proving
from porter.verify import Nothing, Upstream
from porter.wheelhouse import Wheelhouse

NO_WHEEL = Nothing("no index has a wheel of this release for Linux")
NOWHERE = Proving(None, "there is no target here")


class FakeKits:
    """Kits whose root is called as the strategy is."""

    def __init__(self, sysroot: Path) -> None:
        self._sysroot = sysroot
        self.proved_in = NOWHERE
        self.distributions: dict[str, Elsewhere] = {}
        self.platform = building.ARM
        self.image = "first"
        self.origin = building.HERE.origin
        self.toolchain = building.TOOLCHAIN
        self.asked: list[SystemPackages] = []
        self.proved_with: list[SystemPackages] = []
        self.lacking: Callable[[Strategy, Interpreter, SystemPackages], bool] = lambda *_: False
        """For what there is neither image nor interpreter."""

    def get(
        self, strategy: Strategy, interpreter: Interpreter, packages: SystemPackages = NO_PACKAGES
    ) -> Kit:
        if self.lacking(strategy, interpreter, packages):
            raise ImageError(f"no CPython {interpreter.version} is here", hint="install it")
        self.asked.append(packages)
        digest = f"sha256:{self.image}"
        root = replace(building.HERE, name=strategy.value, digest=digest, origin=self.origin)
        sysroot = Sysroot(self._sysroot, f"sha256:s{'+'.join(packages.apt)}")
        return Kit(strategy, building.ARM, root, self.toolchain, sysroot)

    def elsewhere(self, distribution: str) -> Elsewhere:
        return self.distributions[distribution]

    def proving(self, interpreter: Interpreter, packages: SystemPackages = NO_PACKAGES) -> Proving:
        del interpreter
        self.proved_with.append(packages)
        return self.proved_in


def target_root() -> Proving:
    return Proving(Root("target", building.ARM.arch, "sha256:t", "/usr/bin/python3.9", "debian"))


@dataclass
class Rig:
    """A workspace and all that a run of a plan uses; `run` may be called again and again."""

    folder: Path
    plan: Plan
    rungs: tuple[Strategy, ...] = (Strategy.CROSS,)
    tool_rungs: tuple[Strategy, ...] = (Strategy.NATIVE,)
    """Of what serves builds alone."""
    left_out: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    """By package: why what its recipe names cannot work."""
    missing: Collection[str] = ()
    """Files that no index serves."""
    misrecorded: Collection[str] = ()
    """Wheels of an index whose RECORD lists nothing."""
    replies: dict[Match, Reply] = field(default_factory=dict)
    """Go before those that let every build succeed."""
    options: Options = Options()
    sources: Mapping[str, str] = field(default_factory=dict)
    """Further files of every sdist."""
    content: dict[str, str] = field(default_factory=dict)
    """What the build of a package writes into its module; nothing else is said: nothing."""
    registry: Mapping[str, FakeCrate] | None = None
    """Crates by their sha256; None: it cannot be reached."""
    crates: Callable[[Sequence[Crate], Kit], Supply] | None = None
    """What fetches crates; None: the above."""
    recipe: Recipe | None = None
    """Of every package."""
    pauses: list[float] = field(default_factory=list)
    """Seconds that were waited before something was tried again."""
    upstream: Upstream | Nothing = NO_WHEEL
    asked_for: list[str] = field(default_factory=list)
    """What something is to be proved with, as asked of the index, which has all."""
    fetched: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.graph = PortGraph(self.plan)
        self.workspace = Workspace(self.folder)
        self.journal = Journal(self.workspace.journal)
        self.kits = FakeKits(self.folder)
        self.engine = FakeEngine()

    def fails(self, name: str, hook: str, reply: Reply, rung: str = "") -> None:
        """From now on a hook of a package gets this reply (on one rung, or on all)."""

        def match(step: Step) -> bool:
            return step.name == f"{name}-1-cp39.{hook}" and rung in {"", step.root.name}

        self.replies = {match: reply, **self.replies}

    def make_engine(self) -> FakeEngine:
        """The engine of one run."""
        good: dict[Match, Reply] = {
            lambda step: step.name.endswith(building.REQUIRES): Reply(act=building.answer([])),
            lambda step: step.name.endswith(".cargo"): Reply(),
            lambda step: step.name.endswith(building.BUILD): Reply(
                (b"compiling\n",), act=self._build
            ),
        }
        return FakeEngine({**self.replies, **good})

    def steps(self) -> Steps:
        """The steps of one run."""
        self.events.clear()
        self.fetched.clear()
        self.engine = self.make_engine()
        recipes = Recipes((self.workspace.recipes,))
        services = Services(
            workspace=self.workspace,
            engine=self.engine,
            kits=dict.fromkeys(Side, self.kits),
            fetch=self._fetch,
            crates=self.crates or self._crates,
            companions=self._companions,
            upstream=lambda _: self.upstream,
            recipe=lambda node: self.recipe or recipes.find(node.name, node.version),
            journal=self.journal,
            versions={"porter": "0"},
            artifacts=Artifacts(self.workspace.artifacts),
            wheelhouse=Wheelhouse(self.workspace.wheelhouse),
            served=self.journal.last_successes(str(building.ARM)),
            ladder=lambda node: Ladder(
                self.tool_rungs if node.side is Side.BUILD else self.rungs,
                self.left_out,
                self.refused.get(node.name, ""),
            ),
            sink=self.events.append,
            pause=self.pauses.append,
        )
        return Steps(self.graph, services, self.options)

    def run(self, *, fail_fast: bool = False, jobs: int = 1) -> dict[str, Outcome]:
        """Outcomes by package name."""
        steps = self.steps()
        schedule = Schedule(Capacity(jobs, 1 << 30), remaining={}, memory={})
        threads = Threads(steps.perform, halt=steps.halt)
        try:
            run(
                self.graph,
                threads,
                schedule,
                known=steps.known,
                finished=steps.recall(),
                fail_fast=fail_fast,
            )
        finally:
            steps.close()
        return {outcome.id.partition("==")[0]: outcome for outcome in steps.finish()}

    @property
    def built(self) -> list[str]:
        """The steps the engine ran that make a wheel, in order: ``name (rung)``."""
        return [
            f"{step.name.partition('-')[0]} ({step.root.name})"
            for step in self.engine.steps
            if step.name.endswith(f".{building.BUILD}")
        ]

    def _fetch(self, node: Node, artifact: Artifact) -> Path:
        if artifact.filename in self.missing:
            raise StepFailed(f"no index serves {artifact.filename} any more", final=True)
        self.fetched.append(artifact.filename)
        folder = self.folder / "index"
        if artifact.filename.endswith(".whl"):
            record = "" if artifact.filename in self.misrecorded else None
            return make_wheel(folder, artifact.filename, {f"{node.name}.py": ""}, record=record)
        return _sdist(folder / artifact.filename, self.sources)

    def _companions(
        self, _node: Node, requirements: Sequence[str], installed: Mapping[NormalizedName, Version]
    ) -> tuple[Path, ...]:
        self.asked_for += requirements
        folder = self.folder / "index"
        names = (text.partition("==")[0] for text in requirements)
        return tuple(
            make_wheel(folder, f"{name}-1-py3-none-any.whl", {f"{name}.py": ""})
            for name in names
            if name not in installed
        )

    def _crates(self, crates: Sequence[Crate], _kit: Kit) -> Supply:
        if self.registry is None:
            raise StepFailed("their registry cannot be reached", final=True, rule=UNREACHABLE)
        archives = {}
        for crate in crates:
            archives[crate] = self.folder / f"{crate.folder}.crate"
            archives[crate].write_bytes(self.registry[crate.sha256].archive)
        return Supply(archives, CRATES_IO)

    def _build(self, inside: Inside) -> None:
        name, version = inside.step.name.split("-")[:2]
        filename = f"{name}-{version}-py3-none-any.whl"
        module = {f"{name}.py": self.content.get(name, "")}
        make_wheel(inside.write(MADE), filename, module)
        building.answer(filename)(inside)


def _sdist(path: Path, more: Mapping[str, str]) -> Path:
    path.parent.mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.{threading.get_ident()}")
    with tarfile.open(part, "w:gz") as archive:
        # With a pyproject.toml: without one, setup.py would be run instead of the hooks.
        for name, text in {"setup.py": "", "pyproject.toml": "", **more}.items():
            member = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return part.replace(path)
