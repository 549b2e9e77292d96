"""What every image store does: the fake, folders and a container engine pass the same tests.

A module that holds a store to it subclasses `StoreContract` and gives the fixtures `store`, and
`root`: an unpacked root with a file ``release``.
"""

from __future__ import annotations

from porter.images.store import ImageInfo, ImageStore


class StoreContract:
    def test_holds_what_was_loaded(self, store: ImageStore, root: ImageInfo) -> None:
        loaded = store.load(root)
        assert loaded.digest == root.digest
        assert (loaded.suite, loaded.arch) == (root.suite, root.arch)
        assert loaded.interpreters == root.interpreters
        assert loaded.digest in {image.digest for image in store.images()}

    def test_loading_again_changes_nothing(self, store: ImageStore, root: ImageInfo) -> None:
        first = store.load(root)
        held = store.images()
        assert store.load(root) == first
        assert store.images() == held

    def test_gives_its_files(self, store: ImageStore, root: ImageInfo) -> None:
        loaded = store.load(root)
        assert (store.unpack(loaded) / "release").read_text() == "bullseye"

    def test_forgets_what_is_removed(self, store: ImageStore, root: ImageInfo) -> None:
        store.remove(store.load(root))
        assert root.digest not in {image.digest for image in store.images()}
