from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porter.run import log as log_module
from porter.run.log import Log


class Watch:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def content(log: Log) -> bytes:
    """What steps wrote into it: without time stamps and porter's own lines."""
    lines = log.path.read_bytes().split(b"\n")
    return b"\n".join(line[11:] for line in lines if not line.startswith(b"==> "))


def test_each_line_is_stamped_with_the_time_it_began(tmp_path: Path) -> None:
    watch = Watch()
    log = Log(tmp_path / "1.log", now=watch)
    log.write(b"one\ntw")
    watch.time += 61.5
    log.write(b"o\n\nthree")
    log.close()
    assert log.path.read_bytes() == (
        b"[    0.00] one\n[    0.00] two\n[   61.50] \n[   61.50] three"
    )


def test_what_is_recent_began_at_the_last_heading(tmp_path: Path) -> None:
    log = Log(tmp_path / "logs" / "1.log")
    log.write(b"before")
    log.heading("build (cross)")
    assert log.recent() == b""
    log.write(b"one\ntw")
    log.write(b"o\n\xff")
    log.close()
    assert log.recent() == b"one\ntwo\n\xff"
    assert re.search(rb"before\n==> \S+Z build \(cross\)\n\[", log.path.read_bytes())


def test_no_build_can_forge_a_line_of_porters(tmp_path: Path) -> None:
    log = Log(tmp_path / "1.log")
    log.write(b"==> build (cross)\n\n==> again\r==> ")
    log.close()
    assert not [line for line in log.path.read_bytes().split(b"\n") if line.startswith(b"==>")]


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=30)))
def test_whatever_is_written_is_kept_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    log = Log(tmp_path_factory.mktemp("log") / "1.log")
    for piece in pieces:
        log.write(piece)
    log.close()
    assert content(log) == log.recent() == b"".join(pieces)


def test_a_log_past_its_limit_keeps_its_head_and_its_tail_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "MAX_BYTES", 1_000)
    monkeypatch.setattr(log_module, "TAIL_BYTES", 400)
    log = Log(tmp_path / "1.log")
    log.heading("build")
    for number in range(1_000):
        log.write(b"line %d\n" % number)
    log.heading("repair")
    log.write(b"repairing\n")
    log.close()
    text = log.path.read_text()
    assert len(text) < 2_000
    numbers = [int(number) for number in re.findall(r"line (\d+)", text)]
    assert (numbers[0], numbers[-1]) == (0, 999)
    assert numbers == sorted(set(numbers))
    (said,) = re.findall(r"^==> (\d+) bytes are left out here: .* limit$", text, re.MULTILINE)
    missing = set(range(1_000)) - set(numbers)
    assert int(said) == sum(len(f"[    0.00] line {number}\n") for number in missing)
    assert text.endswith("repairing\n")
    assert log.recent() == b"repairing\n"


def test_the_memory_of_what_is_recent_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "TAIL_BYTES", 400)
    log = Log(tmp_path / "1.log")
    for number in range(1_000):
        log.write(b"line %d\n" % number)
    log.close()
    assert len(log.recent()) < 420
    assert log.recent().endswith(b"line 999\n")


def test_a_new_log_never_takes_the_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "9.log").write_text("earlier")
    (tmp_path / "notes.log").touch()
    Log.next_in(tmp_path).close()
    Log.next_in(tmp_path).close()
    assert (tmp_path / "9.log").read_text() == "earlier"
    assert (tmp_path / "11.log").exists()
    with pytest.raises(FileExistsError):
        Log(tmp_path / "9.log")


def test_it_may_be_closed_twice(tmp_path: Path) -> None:
    log = Log(tmp_path / "1.log")
    log.close()
    log.close()


def test_what_steps_write_is_passed_on(tmp_path: Path) -> None:
    heard: list[bytes] = []
    log = Log(tmp_path / "1.log", echo=heard.append)
    log.heading("build")
    log.write(b"one\n")
    log.close()
    assert heard == [b"one\n"]
