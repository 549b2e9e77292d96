from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from porter.engine.owner import Owner
from porter.engine.stage import left_behind, stage, sweep

ME = Owner.current()
DEAD = replace(ME, boot="earlier")


def test_a_stage_is_gone_after_its_step(tmp_path: Path) -> None:
    with stage(ME, tmp_path) as folder:
        (folder / "file").touch()
    assert list(tmp_path.iterdir()) == []


def test_only_a_dead_owners_folders_are_left_behind(tmp_path: Path) -> None:
    with stage(ME, tmp_path), stage(DEAD, tmp_path) as dead:
        (tmp_path / "porter-step-other").mkdir()
        (tmp_path / f"porter-step-{DEAD}.link").symlink_to(tmp_path)
        assert list(left_behind(tmp_path, ME)) == [dead]


def test_each_kind_is_swept_alone(tmp_path: Path) -> None:
    for kind in ("porter-step-", "porter-image-"):
        (tmp_path / f"{kind}{DEAD}.x").mkdir()
    with stage(ME, tmp_path, "porter-image-") as mine:
        assert sweep(tmp_path, ME, "porter-image-") == 1
        assert mine.is_dir()
    assert [path.name for path in tmp_path.iterdir()] == [f"porter-step-{DEAD}.x"]


def test_two_may_sweep_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / f"porter-step-{DEAD}.{name}").mkdir()
    rmtree = shutil.rmtree

    def beaten(folder: Path) -> None:
        if folder.name.endswith("b"):
            folder.rmdir()
        rmtree(folder)

    monkeypatch.setattr(shutil, "rmtree", beaten)
    assert sweep(tmp_path, ME) == 2
    assert not list(tmp_path.iterdir())


def test_what_another_has_removed_is_nobodys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / f"porter-step-{DEAD}.gone"
    monkeypatch.setattr(Path, "glob", lambda *_: [gone])
    assert list(left_behind(tmp_path, ME)) == []
