from __future__ import annotations

from pathlib import Path

import pytest

from porter.run import log as log_module
from porter.run.log import Log


def test_the_tail_is_what_came_last_since_the_heading(tmp_path: Path) -> None:
    log = Log(tmp_path / "logs" / "1.log")
    log.write(b"before\n")
    log.heading("build (cross)")
    log.write(b"one\ntw")
    log.write(b"o\n\nthree")
    log.close()
    assert log.tail() == "one\ntwo\nthree"
    assert b"before\n==> " in log.path.read_bytes()


def test_bytes_that_are_no_text_are_kept_and_can_be_shown(tmp_path: Path) -> None:
    log = Log(tmp_path / "1.log")
    log.write(b"\xff\xfe\n")
    log.close()
    assert log.tail() == "��"
    assert log.path.read_bytes() == b"\xff\xfe\n"


def test_a_log_stops_at_its_limit_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "MAX_BYTES", 100)
    log = Log(tmp_path / "1.log")
    for _ in range(50):
        log.write(b"x" * 9 + b"\n")
    log.close()
    text = log.path.read_bytes()
    assert text.count(b"cut here") == 1
    assert len(text) < 300


def test_a_new_log_never_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "9.log").write_text("earlier")
    (tmp_path / "notes.log").touch()
    Log.next_in(tmp_path).close()
    Log.next_in(tmp_path).close()
    assert (tmp_path / "9.log").read_text() == "earlier"
    assert (tmp_path / "11.log").exists()
    with pytest.raises(FileExistsError):
        Log(tmp_path / "9.log")


def test_a_line_without_an_end_does_not_reach_past_a_heading(tmp_path: Path) -> None:
    log = Log(tmp_path / "1.log")
    log.write(b"half a line")
    log.heading("verify")
    log.close()
    assert log.tail() == ""


def test_what_steps_write_is_passed_on(tmp_path: Path) -> None:
    heard: list[bytes] = []
    log = Log(tmp_path / "1.log", echo=heard.append)
    log.heading("build")
    log.write(b"one\n")
    log.close()
    assert heard == [b"one\n"]
