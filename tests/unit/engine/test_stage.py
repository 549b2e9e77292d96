from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from porter.engine.owner import Owner
from porter.engine.stage import left_behind, stage

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
