"""What porter knows of an image, and what it asks of the places that hold images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from porter.images.catalogue import PinnedImage
from porter.model import Architecture, Interpreter

Origin = Literal["pypa", "debian"]


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image or unpacked root filesystem that is here."""

    name: str
    """An image reference, or ``bullseye-aarch64`` for an unpacked root."""
    arch: Architecture
    digest: str
    """Identity of its content (``sha256:…``); a bootstrapped root has the same in every store."""
    origin: Origin
    interpreters: tuple[Interpreter, ...]
    created: str
    """ISO 8601, UTC."""
    size: int
    """Bytes."""
    suite: str | None = None
    """Of a bootstrapped one: the name of the `porter.images.catalogue.Suite` it was made of."""
    path: Path | None = None
    """Where its files lie unpacked, if they do."""
    base: str | None = None
    """Digest of the image it extends by `packages`."""
    packages: tuple[str, ...] = ()
    """Of the distribution, as they were asked for, sorted."""


@dataclass(frozen=True, slots=True)
class Sysroot:
    """A target's root filesystem, unpacked, which nobody may change."""

    path: Path
    digest: str


class ImageStore(Protocol):
    """A place that holds images. Contract tests: tests/unit/images/contract.py."""

    def images(self) -> Sequence[ImageInfo]:
        """The manylinux images of the PyPA and those porter bootstrapped; no others."""
        ...

    def load(self, root: ImageInfo) -> ImageInfo:
        """Take in an unpacked root (`ImageInfo.path` is set); nothing happens if it is held."""
        ...

    def unpack(self, image: ImageInfo) -> Path:
        """The image's files, in a folder that nobody may change."""
        ...

    def remove(self, image: ImageInfo) -> None:
        """Remove it; its unpacked files too."""
        ...


class Puller(Protocol):
    """A container engine's store: it can fetch images from registries, and make new ones."""

    def pull(self, image: PinnedImage) -> ImageInfo:
        """Fetch it; `porter.errors.ImageError` when that fails or a registry does not answer."""
        ...

    def install(self, image: ImageInfo, packages: tuple[str, ...]) -> ImageInfo:
        """Run a PyPA image's own package manager, with a network, and keep the result.

        Raises `porter.errors.ImageError` with its last lines when it fails.
        """
        ...
