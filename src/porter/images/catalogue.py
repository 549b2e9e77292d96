"""Which image serves which policy, architecture and interpreter. Pure; the data is a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from porter.errors import ImageError, UsageError
from porter.model import Architecture, Interpreter, Platform, Policy


@dataclass(frozen=True, slots=True)
class PinnedImage:
    """A manylinux image of the PyPA, pinned."""

    policy: Policy
    arch: Architecture
    tag: str
    """The tag it was published under: ``2025.05.03-1``."""
    reference: str
    """What an engine pulls: by digest where one is known, else by tag."""
    interpreters: tuple[Interpreter, ...]

    def __str__(self) -> str:
        repository = self.reference.partition("@")[0].removesuffix(f":{self.tag}")
        return f"{repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Suite:
    """What is made of a Debian release: one CPython, one glibc, some architectures."""

    name: str
    """``bookworm``, with compilers and headers; ``bookworm-runtime``, without."""
    release: str
    interpreter: Interpreter
    policy: Policy
    """The policy its own glibc satisfies."""
    architectures: tuple[str, ...]
    packages: tuple[str, ...]
    """What is asked for; their dependencies come with them."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the shipped data offers."""

    pinned: tuple[PinnedImage, ...]
    suites: tuple[Suite, ...]
    runtime: tuple[Suite, ...]
    """For each of `suites`, what somebody has who only runs programs there."""

    def pinned_image(self, platform: Platform, interpreter: Interpreter) -> PinnedImage | None:
        """The image with the newest glibc not newer than the policy, or None."""
        fitting = [
            image
            for image in self.pinned
            if image.arch == platform.arch
            and image.policy <= platform.policy
            and interpreter in image.interpreters
        ]
        return max(fitting, key=lambda image: (image.policy, image.tag), default=None)

    def suite(self, platform: Platform, interpreter: Interpreter) -> Suite:
        """The Debian release with this interpreter for this platform.

        Raises `ImageError`, naming what is possible, when there is none, and when its glibc is
        older than the policy allows wheels to ask for (they might not run there).
        """
        for suite in self.suites:
            if suite.interpreter == interpreter and platform.arch.name in suite.architectures:
                return _new_enough(suite, platform)
        offered = ", ".join(
            f"{s.interpreter.version} ({s.name})" for s in self.suites_for(platform.arch)
        )
        raise ImageError(
            f"no Debian release porter knows has CPython {interpreter.version} for {platform.arch}",
            hint=f"Possible from Debian: {offered or 'none'}. A manylinux image can have others.",
        )

    def distribution(self, name: str, arch: Architecture) -> Suite:
        """The one without compilers that ``debian:trixie`` names.

        `UsageError` tells those that there are.
        """
        fitting = (suite for suite in self.runtime if arch.name in suite.architectures)
        names = {f"debian:{suite.release}": suite for suite in fitting}
        if name not in names:
            raise UsageError(
                f"porter can make no root of {name!r} for {arch}",
                hint=f"Possible: {', '.join(names) or 'none'}.",
            )
        return names[name]

    def suites_for(self, arch: Architecture) -> Sequence[Suite]:
        """The Debian releases that exist for an architecture, the oldest glibc first."""
        fitting = [suite for suite in self.suites if arch.name in suite.architectures]
        return sorted(fitting, key=lambda suite: suite.policy)


def _new_enough(suite: Suite, platform: Platform) -> Suite:
    if suite.policy < platform.policy:
        raise ImageError(
            f"Debian {suite.name}, which has CPython {suite.interpreter.version}, has an older "
            f"glibc than {platform.policy} allows: wheels for it might not run there",
            hint=f"Ask for --policy {suite.policy} or lower.",
        )
    return suite


@cache
def catalogue() -> Catalogue:
    """The shipped data, read once."""
    text = files(__package__).joinpath("catalogue.toml").read_text(encoding="utf-8")
    return parse(tomllib.loads(text))


def parse(data: Mapping[str, Any]) -> Catalogue:
    """Make a catalogue of what the TOML file says."""
    pypa, debian = data["pypa"], data["debian"]
    pinned = (image for pin in pypa["pins"] for image in _pinned_images(pypa, pin))
    return Catalogue(
        pinned=tuple(pinned),
        suites=tuple(_suite(suite, debian["packages"]) for suite in debian["suites"]),
        runtime=tuple(_suite(suite, debian["runtime"], "-runtime") for suite in debian["suites"]),
    )


def _pinned_images(pypa: Mapping[str, Any], pin: Mapping[str, Any]) -> Sequence[PinnedImage]:
    interpreters = tuple(Interpreter.parse(tag) for tag in pin["pythons"])
    images = []
    for policy in pin["policies"]:
        for arch in pypa["architectures"][policy]:
            platform = Platform.parse(arch, policy)
            repository = pypa["repository"].format(policy=policy, arch=arch)
            digest = pin.get("digests", {}).get(str(platform))
            reference = f"{repository}@{digest}" if digest else f"{repository}:{pin['tag']}"
            images.append(
                PinnedImage(platform.policy, platform.arch, pin["tag"], reference, interpreters)
            )
    return images


def _suite(suite: Mapping[str, Any], packages: Sequence[str], suffix: str = "") -> Suite:
    major, minor = suite["glibc"]
    return Suite(
        name=f"{suite['release']}{suffix}",
        release=suite["release"],
        interpreter=Interpreter.parse(suite["python"]),
        policy=Policy((major, minor)),
        architectures=tuple(suite["architectures"]),
        packages=tuple(sorted({*packages, *suite["extra"]})),
    )
