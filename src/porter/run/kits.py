"""What a strategy builds with, for one interpreter: a root to run in, compilers, a target root.

A kit is made once per run and shared by all ports that use it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import msgspec

from porter.engine import Engine, Root, binfmt
from porter.errors import EngineGone, ImageError
from porter.images import Images, Sysroot, build_platform, catalogue
from porter.index.atomic import write_whole
from porter.model import Interpreter, Platform, Strategy
from porter.recipes import SystemPackages
from porter.resolve.once import Once
from porter.toolchain import (
    Apart,
    CratesIo,
    Probe,
    Toolchain,
    accelerated,
    ask_cargo,
    cross,
    fortran_packages,
    is_made,
    openmp_packages,
    own,
    probe,
    rust_packages,
    with_bytecode,
)

NO_PACKAGES = SystemPackages()

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Proving:
    """Where wheels are proved: a root of the target's, or why there is none."""

    root: Root | None
    why_not: str = ""

    @property
    def why_no_builds(self) -> str:
        """Why wheels cannot be built there; empty where they can."""
        if self.root is not None and self.root.is_host:
            return "no image has its Python: this machine's own can only import what it is for"
        return self.why_not

    @property
    def digest(self) -> str:
        """By which it is known whether a wheel was proved here already."""
        return self.root.digest if self.root else "none"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another distribution: what it has, and its root."""

    platform: Platform
    """With the policy its own glibc satisfies."""
    interpreter: Interpreter
    root: Callable[[SystemPackages], Root]
    """Makes it, with packages added, where it is not here; raises `ImageError` when it is not to be
    had."""


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything but the package itself that goes into a build."""

    strategy: Strategy
    platform: Platform
    root: Root
    """Where the build's Python runs."""
    toolchain: Toolchain
    sysroot: Sysroot
    """The target's root filesystem, unpacked, with the system packages of the port's recipe: its
    libraries are linked and grafted."""


class KitSource(Protocol):
    """Gives the steps of a run what they build with and prove in."""

    @property
    def platform(self) -> Platform:
        """What its wheels are for."""
        ...

    def get(
        self, strategy: Strategy, interpreter: Interpreter, packages: SystemPackages = NO_PACKAGES
    ) -> Kit:
        """The kit of a strategy and interpreter, with system packages in its root or sysroot.

        Raises:
            ImageError: a root that the strategy cannot do without is not to be had.
            StepFailed: the root's distribution has no such package.
            EngineError: the engine failed while an interpreter was asked about itself.
        """
        ...

    def proving(self, interpreter: Interpreter, packages: SystemPackages = NO_PACKAGES) -> Proving:
        """Where wheels of an interpreter are proved on the target, with packages added to it."""
        ...

    def elsewhere(self, distribution: str) -> Elsewhere:
        """Where wheels are proved on another distribution (``debian:trixie``)."""
        ...


class Kits:
    """Makes kits on demand, each once for the run, whichever thread asks first (a `KitSource`)."""

    def __init__(
        self,
        engine: Engine,
        images: Images,
        *,
        platform: Platform,
        cache: Path,
        jobs: int,
        notice: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._images = images
        self._platform = platform
        self._cache = cache
        self._toolchains = cache / "toolchains"
        self._jobs = jobs
        self._notice = notice
        self._made = Once(self._make, passing=(EngineGone,))
        self._proving = Once(self._find_proving, passing=(EngineGone,))
        self._asking = threading.Lock()

    @property
    def platform(self) -> Platform:
        """See `KitSource.platform`."""
        return self._platform

    def get(
        self, strategy: Strategy, interpreter: Interpreter, packages: SystemPackages = NO_PACKAGES
    ) -> Kit:
        """See `KitSource.get`."""
        return self._made((strategy, interpreter, packages))

    def proving(self, interpreter: Interpreter, packages: SystemPackages = NO_PACKAGES) -> Proving:
        """See `KitSource.proving`."""
        return self._proving((interpreter, packages))

    def elsewhere(self, distribution: str) -> Elsewhere:
        """See `KitSource.elsewhere`."""
        arch = self._platform.arch
        suite = catalogue().distribution(distribution, arch)
        return Elsewhere(
            replace(self._platform, policy=suite.policy),
            suite.interpreter,
            partial(self._images.distribution_root, distribution, arch),
        )

    def crates_io(self, kit: Kit) -> CratesIo:
        """What cargo says of its own registry, asked in the kit's root."""
        with self._asking:
            cargo = self._newest_rust()
            ask = partial(ask_cargo, self._engine, kit.root, cargo)
            return self._answer(cargo.digest, CratesIo, ask)

    def _find_proving(self, wanted: tuple[Interpreter, SystemPackages]) -> Proving:
        interpreter, packages = wanted
        arch = self._platform.arch
        if not binfmt.supported(arch):
            why = f"this machine cannot run {arch} programs (porter setup registers QEMU)"
        else:
            try:
                root = self._proving_root(interpreter, packages)
                return Proving(self._quick(root, interpreter))
            except ImageError as error:
                why = error.message
        self._notice(f"wheels for {interpreter} will not be verified: {why}")
        return Proving(None, why)

    def _proving_root(self, interpreter: Interpreter, packages: SystemPackages) -> Root:
        try:
            return self._images.target_root(self._platform, interpreter, packages)
        except ImageError:
            if not binfmt.is_native(self._platform.arch):
                raise
            # The interpreter of this machine that builds for it can import it, too.
            return self._images.build_root(self._platform, interpreter)

    def _make(self, wanted: tuple[Strategy, Interpreter, SystemPackages]) -> Kit:
        strategy, interpreter, packages = wanted
        if strategy in {Strategy.CROSS, Strategy.ACCELERATED} and not is_made(
            self._platform, self._toolchains
        ):
            arch = self._platform.arch
            self._notice(f"making the compilers' runtime libraries for {arch} (once, for a minute)")
        if strategy is Strategy.CROSS:
            return self._cross(interpreter, packages)
        added = packages.without_openmp() if strategy is Strategy.ACCELERATED else packages
        plain = self._images.target_root(self._platform, interpreter, added)
        target = self._quick(plain, interpreter)
        sysroot = self._images.sysroot(self._platform, interpreter, added)
        if strategy is Strategy.ACCELERATED:
            toolchain = accelerated(
                platform=self._platform,
                interpreter=interpreter,
                target_root=target,
                sysroot=sysroot.path,
                fortran=self._fortran(packages),
                openmp=self._openmp(packages),
                cache=self._toolchains,
                jobs=self._jobs,
            )
        else:
            toolchain = own(
                platform=self._platform,
                interpreter=interpreter,
                target_root=target,
                has_fortran=packages.has_fortran,
                cache=self._toolchains,
                jobs=self._jobs,
            )
        return Kit(strategy, self._platform, target, toolchain, sysroot)

    def _cross(self, interpreter: Interpreter, packages: SystemPackages) -> Kit:
        root = self._images.build_root(self._platform, interpreter)
        added = packages.without_rust().without_openmp()
        sysroot = self._images.sysroot(self._platform, interpreter, added)
        toolchain = cross(
            platform=self._platform,
            interpreter=interpreter,
            build_root=root,
            probe=self._probe(root),
            sysroot=sysroot.path,
            fortran=self._fortran(packages),
            openmp=self._openmp(packages),
            cargo=self._rust(packages),
            cache=self._toolchains,
            jobs=self._jobs,
        )
        root = self._quick(root, interpreter)
        return Kit(Strategy.CROSS, self._platform, root, toolchain, sysroot)

    def _quick(self, root: Root, interpreter: Interpreter) -> Root:
        """The root with its standard library compiled, as this machine's own Pythons have theirs.

        By a Python that runs without QEMU, where there is one of that version.
        """
        if root.is_host:
            return root
        by, here = root, build_platform(self._platform)
        if root.arch != here.arch and self._images.here(here, interpreter):
            by = self._images.build_root(self._platform, interpreter)
        return with_bytecode(self._engine, root, by=by, cache=self._toolchains)

    def _fortran(self, packages: SystemPackages) -> Apart | None:
        """A gfortran of this machine's for what needs one in the target's root."""
        if not packages.has_fortran:
            return None
        tools = self._images.tools(fortran_packages(self._platform.arch))
        return Apart(tools.path, tools.digest)

    def _openmp(self, packages: SystemPackages) -> Apart | None:
        """LLVM's OpenMP library, where there is one for the target."""
        wanted = openmp_packages(self._platform.arch)
        if not (packages.has_openmp and wanted):
            return None
        libraries = self._images.libraries(self._platform.arch, wanted)
        return Apart(libraries.path, libraries.digest)

    def _rust(self, packages: SystemPackages) -> Apart | None:
        """Likewise cargo and rustc; the newest, since Rust compiles what was written for older."""
        return self._newest_rust() if packages.has_rust else None

    def _newest_rust(self) -> Apart:
        tools = self._images.tools(rust_packages(self._platform.arch), newest=True)
        return Apart(tools.path, tools.digest)

    def _probe(self, root: Root) -> Probe:
        """What the root's Python says of itself."""
        return self._answer(root.digest, Probe, lambda: probe(self._engine, root))

    def _answer(self, digest: str, kind: type[T], ask: Callable[[], T]) -> T:
        """What the programs of a root say: asked once for each content of it."""
        place = self._cache / "probes" / f"{digest.removeprefix('sha256:')}.json"
        with suppress(FileNotFoundError, msgspec.DecodeError):  # never asked, or by another porter
            return msgspec.json.decode(place.read_bytes(), type=kind)
        answer = ask()
        write_whole(place, msgspec.json.encode(answer))
        return answer
