"""The store of the local engine: unpacked roots in the cache folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from porter.errors import ImageError
from porter.images.roots import Roots
from porter.images.store import ImageInfo


class FolderStore:
    """Holds what is unpacked, and nothing else: there is no registry of folders."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    def images(self) -> Sequence[ImageInfo]:
        """Every unpacked root."""
        return self._roots.all()

    def load(self, root: ImageInfo) -> ImageInfo:
        """The root itself: it lies in this store already."""
        return root

    def unpack(self, image: ImageInfo) -> Path:
        """Where it lies."""
        if image.path is None:
            raise ImageError(f"{image.name} is not unpacked here")
        return image.path

    def remove(self, image: ImageInfo) -> None:
        """Remove its files."""
        self._roots.remove(image.digest)
