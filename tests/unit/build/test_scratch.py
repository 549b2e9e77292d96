from __future__ import annotations

from pathlib import Path

from porter.build.scratch import clear


def test_folders_that_may_not_be_written_in_are_removed_too(tmp_path: Path) -> None:
    inner = tmp_path / "work" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x")
    inner.chmod(0o000)
    inner.parent.chmod(0o500)
    clear(tmp_path / "work")
    assert not (tmp_path / "work").exists()
    clear(tmp_path / "work")


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir(mode=0o500)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "link").symlink_to(kept)
    clear(tmp_path / "work")
    assert kept.stat().st_mode & 0o777 == 0o500
