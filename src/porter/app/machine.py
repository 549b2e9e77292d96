"""The machine porter runs on: its architecture, images, and what it lacks."""

from __future__ import annotations

import math
import os
import platform as host_platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from porter.config import Workspace, cache_folder
from porter.doctor import (
    Finding,
    Wanted,
    apply,
    by_hand,
    check,
    is_debian,
    is_root,
    machine_doers,
    machine_probes,
    propose,
)
from porter.doctor.actions import Action
from porter.engine import DockerEngine, EngineName, LocalEngine, cgroup, choose, host_root
from porter.errors import SurroundingsError
from porter.images import ImageInfo, Images, build_platform, container_images, local_images
from porter.model import ARCHITECTURES, Architecture, Interpreter, Platform

Notice = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Fitness:
    """What a person wants this machine to be fit for, as they wrote it."""

    pythons: tuple[str, ...] = ()
    arch: str = "aarch64"
    policy: str = "manylinux2014"

    @property
    def platform(self) -> Platform:
        """The target."""
        return Platform.parse(self.arch, self.policy)

    @property
    def interpreters(self) -> tuple[Interpreter, ...]:
        """Those named, or the first one porter has images for."""
        return tuple(Interpreter.parse(text) for text in self.pythons or ("3.9",))


def host_architecture() -> Architecture:
    """The architecture of this machine.

    Raises:
        SurroundingsError: it is not one porter knows.
    """
    machine = host_platform.machine()
    if machine not in ARCHITECTURES:
        raise SurroundingsError(f"porter does not know this machine's architecture, {machine}")
    return ARCHITECTURES[machine]


def cores() -> int:
    """Cores this process may use (sched_getaffinity(2)); in a container, as far as that may."""
    here, limit = len(os.sched_getaffinity(0)), _bounds().cpus
    return here if limit is None else max(1, min(here, math.ceil(limit)))


def usable_memory() -> int:
    """Bytes of memory this machine has (sysconf(3)), or the container this process is in."""
    here, limit = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"), _bounds().memory
    return here if limit is None else min(here, limit)


def _bounds() -> cgroup.Bounds:
    return cgroup.bounds(membership=Path("/proc/self/cgroup").read_text())


def images_of(
    engine: DockerEngine | LocalEngine, notice: Notice, *, offline: bool = False
) -> Images:
    """The images an engine runs steps in; `offline`: those that are here.

    None is made any more once the engine is stopped.
    """
    cache = cache_folder(os.environ)
    own = partial(host_root, folder=cache / "interpreters")
    if isinstance(engine, DockerEngine):
        return container_images(
            engine.client,
            cache=cache,
            notice=notice,
            spare_root=own,
            stop=engine.stopped,
            offline=offline,
        )
    return local_images(
        cache=cache, notice=notice, host_root=own, stop=engine.stopped, offline=offline
    )


def _engine(name: str, notice: Notice) -> DockerEngine | LocalEngine:
    return choose(cast("EngineName", name), notice=notice)


# --- images -----------------------------------------------------------------------------------


def list_images(engine: str, notice: Notice) -> Sequence[ImageInfo]:
    """What an engine has."""
    return images_of(_engine(engine, notice), notice).list()


def bootstrap_images(fitness: Fitness, engine: str, notice: Notice) -> tuple[ImageInfo, ...]:
    """Make the target's and, for a container engine, the build platform's images anew."""
    connected = _engine(engine, notice)
    images = images_of(connected, notice)
    platforms = [fitness.platform]
    if isinstance(connected, DockerEngine):
        platforms.append(build_platform(fitness.platform))
    return tuple(
        images.bootstrap(platform, interpreter)
        for interpreter in fitness.interpreters
        for platform in platforms
    )


def remove_image(name: str, engine: str, notice: Notice) -> ImageInfo:
    """Remove an image by its name."""
    return images_of(_engine(engine, notice), notice).remove(name)


# --- doctor and setup -------------------------------------------------------------------------


def examine(fitness: Fitness, workspace: Path) -> tuple[Finding, ...]:
    """What is here, what is missing, and what mends it; changes nothing."""
    wanted = Wanted(
        target=fitness.platform,
        build=build_platform(fitness.platform),
        interpreters=fitness.interpreters,
        folders={"cache": cache_folder(os.environ), "workspace": Workspace(workspace).root},
    )
    return check(wanted, machine_probes(_image_name))


def _image_name(engine: str, platform: Platform, interpreter: Interpreter) -> str | None:
    image = images_of(_engine(engine, _unheard), _unheard).here(platform, interpreter)
    return None if image is None else image.name


def proposals(findings: Sequence[Finding]) -> tuple[tuple[Action, ...], str]:
    """What setup would do about the findings, and the same as commands to type."""
    actions = propose(findings)
    return actions, by_hand(actions, debian=is_debian(), root=is_root())


def set_up(actions: Sequence[Action], notice: Notice) -> None:
    """Do it. Raises `porter.errors.SurroundingsError` where that is not ours to do here."""

    def make_image(platform: Platform, interpreter: Interpreter) -> None:
        images_of(_engine("auto", _unheard), notice).target_root(platform, interpreter)

    doers = machine_doers(make_image, log=cache_folder(os.environ) / "dockerd.log")
    apply(actions, doers, notice=notice, debian=is_debian(), root=is_root())


def _unheard(_text: str) -> None:
    """For questions whose side remarks nobody asked for."""
