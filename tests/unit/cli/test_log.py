from __future__ import annotations

import os
import pty
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakes.attempts import PLATFORM, attempt
from porter.cli.main import cli
from porter.graph import encode
from porter.run import Journal
from unit.graph.plans import node, plan


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / ".porter" / "journal.sqlite")
    for number in (1, 2):
        log = tmp_path / ".porter" / "logs" / "demo" / f"{number}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"attempt %d\x1b]0;owned\x07\n\xff\n" % number)
        name = str(log.relative_to(tmp_path))
        started = datetime(2026, 1, number, tzinfo=UTC)
        journal.add(attempt("demo==1@cp39", outcome="failed", started=started, log=name))
    return tmp_path


def porter(workspace: Path, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(cli, [*words, "--workspace", str(workspace)])
    return done.exit_code, done.stdout, done.stderr


def test_the_last_log_without_control_characters(workspace: Path) -> None:
    assert porter(workspace, "log", "Demo") == (0, "attempt 2\n\ufffd\n", "")


def test_another_attempt(workspace: Path) -> None:
    assert "attempt 1" in porter(workspace, "log", "demo", "--attempt", "1")[1]
    status, _, said = porter(workspace, "log", "demo", "--attempt", "3")
    assert status == 2
    assert "attempts 1 to 2" in said


def test_the_ports_of_one_plan_alone(workspace: Path) -> None:
    journal = Journal(workspace / ".porter" / "journal.sqlite")
    for port, platform in (("demo==2@cp39", PLATFORM), ("demo==1@cp39", "manylinux2014_s390x")):
        log = workspace / ".porter" / "logs" / f"{platform}-{port}.log"
        log.write_text(f"of {port} for {platform}\n")
        name = str(log.relative_to(workspace))
        journal.add(attempt(port, platform=platform, log=name))
    path = workspace / "demo.json"
    path.write_bytes(encode(plan([node("demo")], [], "demo")))
    assert "s390x" in porter(workspace, "log", "demo")[1]
    assert porter(workspace, "log", "demo", str(path)) == (0, "attempt 2\n\ufffd\n", "")
    assert porter(workspace, "log", "demo", str(path), "--attempt", "1")[1].startswith("attempt 1")
    status, _, said = porter(workspace, "log", "other", str(path))
    assert (status, "the plan has no other" in said) == (2, True)


def test_a_log_is_followed_until_its_attempt_ends(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = workspace / ".porter/logs/demo/3.log"
    log.write_bytes(b"one\x1b[31m\nt")
    journal = Journal(workspace / ".porter" / "journal.sqlite")
    row = attempt("demo==1@cp39", outcome="running", log=str(log.relative_to(workspace)))
    number = journal.begin(row)
    pieces = [b"wo \xc3", b"\xa4\n", b"end"]

    def write(_seconds: float) -> None:
        with log.open("ab") as stream:
            stream.write(pieces.pop(0))
        if not pieces:
            journal.end(number, replace(row, outcome="failed"))

    monkeypatch.setattr("time.sleep", write)
    assert porter(workspace, "log", "demo", "-f") == (0, "one\ntwo \xe4\nend", "")
    assert not pieces


def test_following_an_attempt_that_has_ended_shows_it_whole(workspace: Path) -> None:
    assert porter(workspace, "log", "demo", "-f", "--attempt", "1")[1] == "attempt 1\n\ufffd\n"


def test_to_stop_following_is_no_error_worth_a_word(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", stop)
    journal = Journal(workspace / ".porter" / "journal.sqlite")
    journal.begin(attempt("demo==1@cp39", outcome="running", log=".porter/logs/demo/2.log"))
    assert porter(workspace, "log", "demo", "-f") == (130, "attempt 2\n\ufffd\n", "")


@pytest.mark.parametrize(("less", "expected"), [(None, "FRX"), ("-M", "-M")])
def test_on_a_terminal_a_pager_shows_it(
    workspace: Path, tmp_path: Path, less: str | None, expected: str
) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "LESS=$LESS"\ncat\n')
    pager.chmod(0o755)
    paths = os.pathsep.join(path for path in sys.path if path)
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, "PAGER": str(pager), "TERM": "xterm"}
    if less is not None:
        env["LESS"] = less
    ours, theirs = pty.openpty()
    words = ["log", "demo", "--workspace", str(workspace)]
    command = [sys.executable, "-m", "porter", *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env):
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # EIO: the other side is closed
            while chunk := os.read(ours, 4096):
                shown += chunk
    os.close(ours)
    assert shown.decode().splitlines() == [f"LESS={expected}", "attempt 2", "\ufffd"]


def test_a_log_that_is_gone(workspace: Path) -> None:
    (workspace / ".porter/logs/demo/2.log").unlink()
    status, _, said = porter(workspace, "log", "demo")
    assert status == 2
    assert "2.log is gone" in said


def test_a_locale_that_lacks_a_character_is_no_failure(workspace: Path) -> None:
    (workspace / ".porter/logs/demo/2.log").write_text(
        "\u2018x\u2019 is not declared\n", encoding="utf-8"
    )
    paths = os.pathsep.join(path for path in sys.path if path)
    done = subprocess.run(
        [sys.executable, "-m", "porter", "log", "demo", "--workspace", str(workspace)],
        env={"PYTHONPATH": paths, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "\\u2018x\\u2019 is not declared\n"


def test_nothing_is_on_record(workspace: Path) -> None:
    status, _, said = porter(workspace, "log", "other")
    assert status == 2
    assert "hint: porter build other" in said
