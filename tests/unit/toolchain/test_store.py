from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from porter.engine.owner import Owner
from porter.toolchain import store


def test_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def broken(draft: Path) -> None:
        (draft / "half").touch()
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        store.folder(tmp_path, "bin", "sha256:00", broken)
    assert list(tmp_path.iterdir()) == []


def test_of_two_makers_one_wins(tmp_path: Path) -> None:
    def slow(draft: Path) -> None:
        store.write(draft, {"a": "slow"})
        store.folder(tmp_path, "bin", "sha256:00", lambda other: store.write(other, {"a": "quick"}))

    place = store.folder(tmp_path, "bin", "sha256:00", slow)
    assert (place / "a").read_text() == "quick"
    assert list(tmp_path.iterdir()) == [place]


def test_what_a_killed_porter_was_making_goes(tmp_path: Path) -> None:
    dead = replace(Owner.current(), boot="earlier")
    (tmp_path / f".bin-{dead}.x").mkdir()
    place = store.folder(tmp_path, "bin", "sha256:00", lambda draft: (draft / "a").touch())
    assert list(tmp_path.iterdir()) == [place]


def test_digest_knows_order_of_parts_but_not_of_keys() -> None:
    assert store.digest({"a": 1, "b": 2}) == store.digest({"b": 2, "a": 1})
    assert store.digest("a", "b") != store.digest("ab")
