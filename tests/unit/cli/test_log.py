from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakes.attempts import attempt
from porter.cli.main import cli
from porter.run import Journal


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


def test_a_log_that_is_gone(workspace: Path) -> None:
    (workspace / ".porter/logs/demo/2.log").unlink()
    status, _, said = porter(workspace, "log", "demo")
    assert status == 2
    assert "2.log is gone" in said


def test_nothing_is_on_record(workspace: Path) -> None:
    status, _, said = porter(workspace, "log", "other")
    assert status == 2
    assert "hint: porter build other" in said
