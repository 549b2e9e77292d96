from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from porter.errors import SurroundingsError
from porter.run.journal import Attempt, Journal

BUILT = Attempt(
    port="numpy==1.18.5@cp39",
    key="sha256:aa",
    inputs={"sdist": "s"},
    strategy="cross",
    engine="docker",
    outcome="built",
    started=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    seconds=1.5,
    wheel="numpy.whl",
    sha256="bb",
    verified="import",
    warnings=("one", "two"),
    log=".porter/logs/1.log",
)
FAILED = replace(BUILT, outcome="failed", key="sha256:cc", phase="build", reason="no", wheel=None)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "journal.sqlite")


def test_an_attempt_comes_back_as_it_was_written(journal: Journal) -> None:
    journal.add(BUILT)
    assert journal.last(BUILT.port) == BUILT


def test_a_failure_does_not_answer_for_a_key(journal: Journal) -> None:
    journal.add(FAILED)
    assert journal.success(FAILED.key) is None


def test_the_last_success_is_found_behind_later_failures(journal: Journal) -> None:
    journal.add(BUILT)
    journal.add(FAILED)
    assert journal.last(BUILT.port) == FAILED
    assert journal.last_success(BUILT.port) == BUILT
    assert journal.success(BUILT.key) == BUILT


def test_attempts_are_found_by_package_name_alone(journal: Journal) -> None:
    other = replace(BUILT, port="numpy-financial==1.0@cp39")
    for attempt in (BUILT, other, FAILED):
        journal.add(attempt)
    assert journal.attempts_by_name(canonicalize_name("NumPy")) == (BUILT, FAILED)
    assert journal.attempts(other.port) == (other,)


def test_durations_are_those_of_the_last_builds(journal: Journal) -> None:
    again = replace(BUILT, port="numpy==1.19@cp37", seconds=9.0)
    for attempt in (BUILT, again, replace(FAILED, seconds=99.0)):
        journal.add(attempt)
    assert journal.durations() == {"numpy": 9.0}


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(SurroundingsError, match=r"journal\.sqlite"):
        Journal(path)


def test_two_processes_write_without_losing_a_row(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    script = (
        "import pathlib, sys\n"
        "from dataclasses import replace\n"
        "from datetime import datetime, UTC\n"
        "from porter.run.journal import Attempt, Journal\n"
        "journal, now = Journal(pathlib.Path(sys.argv[1])), datetime.now(UTC)\n"
        "for _ in range(20):\n"
        "    journal.add(Attempt('p', 'k', {}, 'cross', 'local', 'built', now, 1.0))\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    writers = [subprocess.Popen(command) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len(Journal(path).attempts("p")) == 40


@pytest.mark.parametrize("version", [0, 99])
def test_a_journal_of_another_version_is_named(tmp_path: Path, version: int) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE attempts (number INTEGER)")
        connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(SurroundingsError, match="another version of porter") as caught:
        Journal(path)
    assert "Move it away" in (caught.value.hint or "")


def test_a_journal_may_be_opened_by_many_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Journal, [tmp_path / "journal.sqlite"] * 16))
