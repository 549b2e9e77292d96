"""What a person sees while a run goes on: the picture at a moment, and a whole run in a pty."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from fakes.clock import FakeClock
from porter.cli.live import Live
from porter.model import Ending, Phase, Strategy
from porter.run.events import PhaseStarted, RungFailed, Wrote
from unit.cli.runs import BASE, MIDDLE, OTHER, TOP, ends, enters, started

HOSTILE = "[bold]no[/bold] :smile: \x1b[2J\x1b]0;owned\x07 at all"


class Terminal:
    """A live display of some width on a stream that is looked at."""

    def __init__(self, width: int = 80, *, verbose: bool = False) -> None:
        self.stream = io.StringIO()
        self.clock = FakeClock()
        self.live = Live(verbose=verbose, stream=self.stream, width=width, clock=self.clock)
        self._width = width

    def picture(self) -> list[str]:
        console = Console(file=io.StringIO(), width=self._width, color_system=None)
        with console.capture() as captured:
            console.print(self.live.picture())
        return [line.rstrip() for line in captured.get().splitlines()]

    def lasting(self) -> list[str]:
        return self.stream.getvalue().splitlines()


def midway(terminal: Terminal) -> Terminal:
    terminal.live.take(started({"base": 20.0, "other": 6.0, "middle": 100.0}))
    terminal.live.take(enters(BASE, Phase.FETCH))
    terminal.clock.now = 4.0
    terminal.live.take(enters(BASE))
    terminal.live.take(PhaseStarted(OTHER, Phase.BUILD, None))
    terminal.clock.now = 72.3
    return terminal


def test_before_there_is_a_plan() -> None:
    terminal = Terminal()
    terminal.clock.now = 2.0
    assert terminal.picture() == ["planning, 2.0s"]


def test_a_line_for_each_port_under_way_and_the_totals() -> None:
    assert midway(Terminal()).picture() == [
        "▶  base==1@cp39   build  cross  1m12s  of about 20s",
        "▶  other==1@cp39  build         1m08s  of about 6.0s",
        "1 of 5 done  ? 1 no-source  1m12s, about 1m45s left",
    ]


def test_on_a_narrow_terminal_nothing_is_wider() -> None:
    shown = midway(Terminal(40)).picture()
    assert shown[:2] == ["▶  base==1@cp39   build  1m12s", "▶  other==1@cp39  build  1m08s"]
    assert all(len(line) <= 40 for line in shown)


def test_what_has_no_room_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "5")
    monkeypatch.setenv("COLUMNS", "80")
    terminal = Terminal()
    for port in (BASE, OTHER, MIDDLE, TOP):
        terminal.live.take(enters(port))
    shown = terminal.picture()
    assert [line.strip() for line in shown[1:]] == ["and 3 more", "planning, 0.0s"]
    assert len(shown) == 3


def test_what_has_ended_stays_and_what_was_cached_is_only_counted() -> None:
    terminal = midway(Terminal(200))
    terminal.live.take(ends(OTHER, Ending.CACHED))
    terminal.live.take(RungFailed(BASE, Phase.BUILD, Strategy.CROSS, HOSTILE, Strategy.EMULATED))
    terminal.live.take(ends(BASE, Ending.FAILED, phase=Phase.BUILD, seconds=70, reason=HOSTILE))
    terminal.live.notice(HOSTILE)
    said = "[bold]no[/bold] :smile:"
    assert terminal.lasting() == [
        f"! base==1@cp39: cross failed in build: {said} at all; trying emulated",
        f"✖ base==1@cp39: failed in build after 1m10s: {said} at all",
        f"porter: {said}  at all",
    ]
    assert terminal.picture() == [
        "5 of 5 done  ● 1 cached  ✖ 1 failed  ⊘ 2 blocked  ? 1 no-source  1m12s"
    ]


def test_what_steps_write_is_said_when_asked_for() -> None:
    quiet, loud = Terminal(), Terminal(verbose=True)
    for terminal in (quiet, loud):
        terminal.live.take(started())
        terminal.live.take(Wrote(BASE, HOSTILE.encode() + b"\nx"))
    assert quiet.lasting() == []
    assert loud.lasting() == ["base   | [bold]no[/bold] :smile:  at all"]


# --- in a terminal ----------------------------------------------------------------------------

PROGRAM = """
import sys, time
from pathlib import Path
from porter import app
from porter.app import Planned, Run
from porter.cli import main
from porter.model import Ending
from unit.cli.runs import BASE, GRAPH, MIDDLE, enters, ends, started

def build(*_, workspace, notice, sink, **__):
    notice("a notice")
    sink(started())
    sink(enters(BASE))
    time.sleep(0.6)
    sink(ends(BASE, strategy="cross"))
    if "stop" in sys.argv[2]:
        raise KeyboardInterrupt
    last = ends(MIDDLE, Ending.FAILED, reason="no")
    return Run(Planned(GRAPH.plan, workspace / "graphs/x.json", b""), (last.outcome,))

app.build = build
main()
"""
SHOW_CURSOR = "\x1b[?25h"
DRAWN_OVER = "\x1b[2K"


def in_pty(folder: Path, *words: str, **env: str) -> tuple[int, str, str]:
    """Status, standard output, and what was written to the terminal that standard error is."""
    ours, theirs = pty.openpty()
    paths = os.pathsep.join(path for path in sys.path if path)
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "TERM": "xterm-256color", **env}
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "build", *words, "--workspace", str(folder)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={"PYTHONUTF8": "1", **known},
        text=True,
    ) as running:
        os.close(theirs)
        written = b""
        while chunk := _read(ours):
            written += chunk
        stdout, _ = running.communicate(timeout=30)
    os.close(ours)
    return running.returncode, stdout, written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # EIO: the other side is closed
        return b""


def test_on_a_terminal_a_run_is_drawn_and_wiped_away(tmp_path: Path) -> None:
    status, stdout, seen = in_pty(tmp_path, "demo")
    assert status == 1
    assert "✖ failed     middle==1@cp39: no" in stdout
    assert "porter\x1b[0m: a notice" in seen
    assert re.search(r"▶\x1b\[0m +base==1@cp39 +build +cross", seen)
    assert re.search(r"✔\x1b\[0m base==1@cp39: ", seen)
    assert DRAWN_OVER in seen
    assert seen.rindex(SHOW_CURSOR) > seen.rindex("done")


def test_an_interrupted_run_gives_the_terminal_back(tmp_path: Path) -> None:
    status, stdout, seen = in_pty(tmp_path, "stop")
    assert (status, stdout) == (130, "")
    assert seen.endswith("porter: interrupted; finished work is kept\r\n")
    assert SHOW_CURSOR in seen


def test_no_color_draws_without_colour(tmp_path: Path) -> None:
    _, _, seen = in_pty(tmp_path, "demo", NO_COLOR="1")
    assert DRAWN_OVER in seen
    assert not re.search(r"\x1b\[[\d;]*m", seen)


def test_a_dumb_terminal_gets_plain_lines(tmp_path: Path) -> None:
    _, _, seen = in_pty(tmp_path, "demo", TERM="dumb")
    assert "\x1b" not in seen
    assert re.search(r"s ▶ base==1@cp39: build \(cross\)\r\n", seen)


def test_quiet_is_quiet_on_a_terminal_too(tmp_path: Path) -> None:
    status, stdout, seen = in_pty(tmp_path, "demo", "-q")
    assert (status, seen) == (1, "")
    assert "1 failed" in stdout
