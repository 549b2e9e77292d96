from __future__ import annotations

import errno
import shutil
import time
from pathlib import Path

import pytest

from porter.build.scratch import clear
from porter.errors import SurroundingsError


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


@pytest.mark.parametrize("number", [errno.ENOTEMPTY, errno.ENOENT])
def test_what_is_written_into_it_meanwhile_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    rmtree, pauses = shutil.rmtree, list[float]()

    def late(folder: Path) -> None:
        if pauses:
            rmtree(folder)
        else:
            raise OSError(number, "just now", str(folder))

    monkeypatch.setattr(shutil, "rmtree", late)
    monkeypatch.setattr(time, "sleep", pauses.append)
    (tmp_path / "work" / "a").mkdir(parents=True)
    clear(tmp_path / "work")
    assert not (tmp_path / "work").exists()
    assert len(pauses) == 1


def test_what_never_rests_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(folder: Path) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty", str(folder))

    monkeypatch.setattr(shutil, "rmtree", never)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(SurroundingsError, match=r"cannot be removed: .*Directory not empty"):
        clear(tmp_path)
