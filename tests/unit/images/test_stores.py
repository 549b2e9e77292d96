from __future__ import annotations

from pathlib import Path

import pytest

from fakes.images import FakeBootstrap, FakeStore, info
from porter.errors import ImageError
from porter.images.catalogue import catalogue
from porter.images.folder_store import FolderStore
from porter.images.roots import Roots
from porter.images.store import ImageInfo
from porter.model import ARCHITECTURES
from unit.images.contract import StoreContract


@pytest.fixture
def roots(tmp_path: Path) -> Roots:
    return Roots(tmp_path / "roots")


@pytest.fixture
def root(roots: Roots) -> ImageInfo:
    suite = catalogue().suites[0]
    make = FakeBootstrap()
    return roots.create(lambda scratch: make(suite, ARCHITECTURES["aarch64"], scratch))


class TestFolderStore(StoreContract):
    @pytest.fixture
    def store(self, roots: Roots) -> FolderStore:
        return FolderStore(roots)

    def test_has_only_what_is_unpacked(self, store: FolderStore) -> None:
        with pytest.raises(ImageError, match="not unpacked here"):
            store.unpack(info())


class TestFakeStore(StoreContract):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()
