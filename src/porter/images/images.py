"""The images and roots that steps run in: found, pulled, or bootstrapped."""

from __future__ import annotations

import platform as host
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from porter.engine.protocol import Root
from porter.errors import ImageError, UsageError
from porter.images.bootstrap import Run, bootstrap, run_tool
from porter.images.catalogue import Catalogue, PinnedImage, Suite, catalogue
from porter.images.layout import python_path
from porter.images.memory import PullMemory
from porter.images.packages import extend
from porter.images.roots import Roots
from porter.images.store import ImageInfo, ImageStore, Puller, Sysroot
from porter.model import ARCHITECTURES, Architecture, Interpreter, Platform, Side, Target
from porter.phrases import first_of
from porter.recipes import SystemPackages

Notice = Callable[[str], None]
HostRoot = Callable[[Interpreter], Root]
Bootstrap = Callable[[Suite, Architecture, Path], ImageInfo]
Extend = Callable[[ImageInfo, Path, tuple[str, ...], Path], ImageInfo]
NO_PACKAGES = SystemPackages()
_NAMED = 5
"""Images that a message names."""


class Images:
    """Gives the root for a platform and interpreter, making it where it is not here yet.

    In this order: the pinned manylinux image that is here; a bootstrapped Debian root that is
    here; the pinned image pulled; a Debian root bootstrapped. What is not the pinned image is
    told by `notice`, once. With `offline` nothing is pulled or bootstrapped.
    """

    def __init__(  # noqa: PLR0913 - what an engine, a machine and a test each bring
        self,
        store: ImageStore,
        roots: Roots,
        *,
        notice: Notice,
        puller: Puller | None = None,
        host_root: HostRoot | None = None,
        spare_root: HostRoot | None = None,
        make: Bootstrap | None = None,
        extend: Extend | None = None,
        run: Run = run_tool,
        offline: bool = False,
    ) -> None:
        self._store = store
        self._roots = roots
        self._notice = notice
        self._puller = puller
        self._host_root = host_root
        self._spare_root = spare_root
        self._make = make or self._bootstrap
        self._extend = extend or self._with_packages
        self._run = run
        self._offline = offline
        self._offer: Catalogue = catalogue()
        self._memory = PullMemory(roots.folder.parent / "registries.json")
        self._known: dict[tuple[str, Interpreter], ImageInfo] = {}
        self._lock = threading.RLock()

    def target_root(
        self,
        platform: Platform,
        interpreter: Interpreter,
        packages: SystemPackages = NO_PACKAGES,
    ) -> Root:
        """Where the target's Python runs: verify, and the strategies under QEMU.

        With `packages` of its distribution added to it; this needs a network, once.

        Raises `ImageError` when there is no such image and none can be made, and `StepFailed`
        when the distribution has no such package.
        """
        with self._lock:
            image = self._with(self._obtain(platform, interpreter), packages)
            return _root(self._store.load(image) if image.path else image, interpreter)

    def build_root(self, platform: Platform, interpreter: Interpreter) -> Root:
        """Where the build platform's Python runs for cross.

        An image of this machine's own architecture and the same policy. For the local engine, and
        for an interpreter that no image has: this machine itself.
        """
        if self._host_root:
            return self._host_root(interpreter)
        here = build_platform(platform)
        try:
            return self.target_root(here, interpreter)
        except ImageError as error:
            if self._spare_root is None or self._suite(here, interpreter):
                raise
            return self._spare(self._spare_root, interpreter, error)

    def _spare(self, host_root: HostRoot, interpreter: Interpreter, missing: ImageError) -> Root:
        try:
            root = host_root(interpreter)
        except ImageError as error:
            raise ImageError(
                f"{missing.message}; and there is {error.message}", hint=error.hint
            ) from missing
        self._notice(f"no image has CPython {interpreter.version}: {root.python} builds for it")
        return root

    def sysroot(
        self,
        platform: Platform,
        interpreter: Interpreter,
        packages: SystemPackages = NO_PACKAGES,
    ) -> Sysroot:
        """The unpacked files of the target's root, with `packages` added as in `target_root`.

        For an interpreter no image has, those of the oldest Debian release for the architecture:
        its C library, headers and compiler runtime serve all the same.
        """
        with self._lock:
            image = self._with(self._sysroot_image(platform, interpreter), packages)
            return Sysroot(image.path or self._store.unpack(image), image.digest)

    def tools(self, packages: tuple[str, ...], *, newest: bool = False) -> Sysroot:
        """Programs of this machine's architecture: a Debian root's files, with `packages` added.

        Of the oldest release (what its compilers emit links with every later one's libraries), or
        of the newest. ``NAME:arm64`` is a package of another architecture. Raises as `target_root`
        does.
        """
        arch = _this_machine()
        return self._equipped(self._offer.suites_for(arch)[-1 if newest else 0], arch, packages)

    def libraries(self, arch: Architecture, packages: tuple[str, ...]) -> Sysroot:
        """Libraries of any architecture, likewise.

        Of the oldest release Debian has for it: they ask for the oldest glibc.
        """
        return self._equipped(self._offer.suites_for(arch)[0], arch, packages)

    def _equipped(self, suite: Suite, arch: Architecture, packages: tuple[str, ...]) -> Sysroot:
        with self._lock, self._roots.held():
            base = _of_suite(self._roots.all(), suite, arch)
            if base is None and self._offline:
                raise ImageError(
                    f"{', '.join(packages)} is not here, and porter is offline",
                    hint="Build it once with a network: it is kept.",
                )
            base = base or self._unpacked(suite, arch)
            image = self._with(base, SystemPackages(apt=packages))
            return Sysroot(image.path or self._store.unpack(image), image.digest)

    def distribution_root(
        self, name: str, arch: Architecture, packages: SystemPackages = NO_PACKAGES
    ) -> Root:
        """A root of a distribution (``debian:trixie``), with nothing but `packages` added.

        Raises `UsageError` for one that porter cannot make, else as `target_root` does.
        """
        suite = self._offer.distribution(name, arch)
        with self._lock, self._roots.held():
            image = _of_suite(self._store.images(), suite, arch)
            if image is None:
                held = _of_suite(self._roots.all(), suite, arch)
                if held is None and self._offline:
                    raise _offline(Platform(arch, suite.policy), suite.interpreter)
                image = self._store.load(held or self._unpacked(suite, arch))
            image = self._with(image, packages)
            return _root(self._store.load(image) if image.path else image, suite.interpreter)

    def here(self, platform: Platform, interpreter: Interpreter) -> ImageInfo | None:
        """The image that would be used, if it is here; nothing is made, fetched or told."""
        return self._held(platform, interpreter)

    def list(self) -> Sequence[ImageInfo]:
        """What is here."""
        return self._store.images()

    def bootstrap(self, platform: Platform, interpreter: Interpreter) -> ImageInfo:
        """Make a Debian root anew, with today's packages, whatever is here; return it."""
        suite = self._offer.suite(platform, interpreter)
        with self._lock:
            self._known.clear()
            return self._store.load(self._unpacked(suite, platform.arch))

    def remove(self, name: str) -> ImageInfo:
        """Remove an image by its name and return what it was; `UsageError` names those here."""
        held = self.list()
        for image in held:
            if image.name == name:
                with self._lock:
                    self._known.clear()
                    self._store.remove(image)
                return image
        names = first_of([image.name for image in held], _NAMED) or "none"
        raise UsageError(
            f"no image {name!r} is here", hint=f"Here are: {names} (porter image list)."
        )

    def _obtain(self, platform: Platform, interpreter: Interpreter) -> ImageInfo:
        with self._lock:
            key = (str(platform), interpreter)
            if key not in self._known:
                image = self._held(platform, interpreter) or self._made(platform, interpreter)
                self._tell(image, self._offer.pinned_image(platform, interpreter))
                self._known[key] = image
            return self._known[key]

    def _with(self, image: ImageInfo, packages: SystemPackages) -> ImageInfo:
        """The image with packages added; of a Debian one, its unpacked root."""
        asked = tuple(sorted(packages.of(image.origin)))
        if not asked:
            return image
        held = (*self._roots.all(), *self._store.images())
        made = (i for i in held if i.base == image.digest and i.packages == asked)
        return next(made, None) or self._extended(image, asked)

    def _extended(self, image: ImageInfo, asked: tuple[str, ...]) -> ImageInfo:
        if self._offline:
            raise ImageError(
                f"{image.name} has no {', '.join(asked)}, and porter is offline",
                hint="Build it once with a network: what was added is kept.",
            )
        if image.origin == "debian":
            files = image.path or self._store.unpack(image)
            return self._roots.create(lambda scratch: self._extend(image, files, asked, scratch))
        if self._puller is None:
            raise AssertionError("a PyPA image without a container engine")
        self._notice(f"adding {', '.join(asked)} to {image.name}")
        return self._puller.install(image, asked)

    def _tell(self, image: ImageInfo, pinned: PinnedImage | None) -> None:
        """Say so when it is not the manylinux image (which the local engine never has)."""
        if pinned and self._puller and image.name != pinned.reference:
            self._notice(f"using {image.name} in place of {pinned}, which is not here")

    def _held(self, platform: Platform, interpreter: Interpreter) -> ImageInfo | None:
        """The pinned image or a bootstrapped one, if the store holds it."""
        images = self._store.images()
        pinned = self._offer.pinned_image(platform, interpreter)
        if pinned and (image := _named(images, pinned.reference)):
            return image
        suite = self._suite(platform, interpreter)
        return _of_suite(images, suite, platform.arch) if suite else None

    def _reloaded(self, platform: Platform, interpreter: Interpreter) -> ImageInfo | None:
        """A root that is unpacked here but not in the store (another engine made it)."""
        suite = self._suite(platform, interpreter)
        root = _of_suite(self._roots.all(), suite, platform.arch) if suite else None
        return self._store.load(root) if root else None

    def _made(self, platform: Platform, interpreter: Interpreter) -> ImageInfo:
        with self._roots.held():
            # Another process may have made it while this one waited.
            image = self._held(platform, interpreter) or self._reloaded(platform, interpreter)
            if image:
                return image
            if self._offline:
                raise _offline(platform, interpreter)
            pinned = self._offer.pinned_image(platform, interpreter)
            if pinned and (image := self._pulled(pinned)):
                return image
            try:
                suite = self._offer.suite(platform, interpreter)
            except ImageError as error:
                tried = f"{pinned} cannot be had" if pinned and self._puller else "no image is here"
                raise ImageError(f"{tried}, and {error.message}", hint=error.hint) from error
            return self._store.load(self._unpacked(suite, platform.arch))

    def _suite(self, platform: Platform, interpreter: Interpreter) -> Suite | None:
        try:
            return self._offer.suite(platform, interpreter)
        except ImageError:
            return None

    def _pulled(self, pinned: PinnedImage) -> ImageInfo | None:
        if self._puller is None or self._memory.failed_lately(pinned.reference):
            return None
        self._notice(f"pulling {pinned}")
        try:
            return self._puller.pull(pinned)
        except ImageError as error:
            self._memory.remember(pinned.reference)
            self._notice(error.message)
            return None

    def _unpacked(self, suite: Suite, arch: Architecture) -> ImageInfo:
        return self._roots.create(lambda scratch: self._make(suite, arch, scratch))

    def _bootstrap(self, suite: Suite, arch: Architecture, scratch: Path) -> ImageInfo:
        return bootstrap(suite, arch, scratch, notice=self._notice, run=self._run)

    def _with_packages(
        self, image: ImageInfo, files: Path, asked: tuple[str, ...], scratch: Path
    ) -> ImageInfo:
        return extend(image, files, asked, scratch, notice=self._notice, run=self._run)

    def _sysroot_image(self, platform: Platform, interpreter: Interpreter) -> ImageInfo:
        try:
            return self._obtain(platform, interpreter)
        except ImageError:
            suites = self._offer.suites_for(platform.arch)
            if not suites or self._suite(platform, interpreter):
                raise
        oldest = suites[0]
        self._notice(f"no image has CPython {interpreter.version}: Debian {oldest.name} as sysroot")
        lowest = replace(platform, policy=min(platform.policy, oldest.policy))
        return self._obtain(lowest, oldest.interpreter)


def build_platform(platform: Platform) -> Platform:
    """The same policy for this machine's own architecture."""
    return replace(platform, arch=_this_machine())


def platforms_of(target: Target) -> dict[Side, Platform]:
    """What the wheels of either side of a plan are for.

    Build requirements run on this machine, whichever made the plan, unless the target builds
    itself.
    """
    build = target.platform if target.builds_itself else build_platform(target.platform)
    return {Side.TARGET: target.platform, Side.BUILD: build}


def _this_machine() -> Architecture:
    machine = host.machine()
    if machine not in ARCHITECTURES:
        raise ImageError(f"porter has no images for this machine's architecture, {machine}")
    return ARCHITECTURES[machine]


def _offline(platform: Platform, interpreter: Interpreter) -> ImageError:
    words = f"--arch {platform.arch} --policy {platform.policy} --python {interpreter.version}"
    return ImageError(
        f"no image for {platform}, {interpreter} is here, and porter is offline",
        hint=f"With a network: porter image bootstrap {words}",
    )


def _root(image: ImageInfo, interpreter: Interpreter) -> Root:
    return Root(
        name=image.name,
        arch=image.arch,
        digest=image.digest,
        python=python_path(interpreter),
        origin=image.origin,
        path=image.path,
    )


def _named(images: Sequence[ImageInfo], reference: str) -> ImageInfo | None:
    return next((image for image in images if image.name == reference), None)


def _of_suite(images: Sequence[ImageInfo], suite: Suite, arch: Architecture) -> ImageInfo | None:
    """The newest one bootstrapped from a suite, without additions (they come newest first)."""
    fitting = (i for i in images if i.suite == suite.name and i.arch == arch and i.base is None)
    return next(fitting, None)
