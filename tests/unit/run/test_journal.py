from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from fakes.attempts import NOON, PLATFORM, attempt
from porter.errors import SurroundingsError
from porter.run import Attempt, Journal
from porter.run.attempt import INTERRUPTED, RUNNING

BUILT = attempt(
    "numpy==1.18.5@cp39",
    inputs={"sdist": "s"},
    cpu_seconds=3.25,
    peak_memory=1 << 33,
    wheel="numpy.whl",
    sha256="bb",
    verified="import",
    warnings=("one", "two"),
    log=".porter/logs/1.log",
    versions={"porter": "0.1"},
)
FAILED = replace(BUILT, outcome="failed", key="sha256:cc", phase="build", reason="no", wheel=None)
BEGUN = replace(BUILT, outcome=RUNNING, wheel=None, seconds=0.0)
GONE = "elsewhere.boot.1.2.3"
# Of this machine, but of a boot that is over.
DEAD = ".".join((BUILT.owner.split(".")[0], "0000", *BUILT.owner.split(".")[2:]))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "state" / "journal.sqlite")


def test_an_attempt_comes_back_as_it_was_written(journal: Journal) -> None:
    number = journal.add(BUILT)
    found = journal.last(BUILT.port, PLATFORM)
    assert found == BUILT
    assert found.number == number


def test_a_failure_does_not_answer_for_a_key(journal: Journal) -> None:
    journal.add(FAILED)
    assert journal.success(FAILED.key) is None


def test_the_last_success_is_found_behind_later_failures(journal: Journal) -> None:
    journal.add(BUILT)
    journal.add(FAILED)
    assert journal.last(BUILT.port, PLATFORM) == FAILED
    assert journal.last_successes(PLATFORM) == {BUILT.port: BUILT}
    assert journal.success(BUILT.key) == BUILT


def test_one_port_for_two_platforms_is_two(journal: Journal) -> None:
    other = replace(FAILED, platform="manylinux2014_ppc64le")
    journal.add(BUILT)
    journal.add(other)
    assert journal.last(BUILT.port, PLATFORM) == BUILT
    assert journal.lasts(other.platform) == {BUILT.port: other}
    assert journal.last_successes(other.platform) == {}


def test_attempts_are_found_by_package_name_alone(journal: Journal) -> None:
    other = replace(BUILT, port="numpy-financial==1.0@cp39")
    for row in (BUILT, other, FAILED):
        journal.add(row)
    assert journal.attempts_by_name(canonicalize_name("NumPy")) == (BUILT, FAILED)
    assert journal.attempts(other.port) == (other,)


def test_durations_are_those_of_the_last_builds(journal: Journal) -> None:
    again = replace(BUILT, port="numpy==1.19@cp37", seconds=9.0)
    for row in (BUILT, again, replace(FAILED, seconds=99.0)):
        journal.add(row)
    assert journal.durations() == {"numpy": 9.0}


# --- an attempt under way -------------------------------------------------------------------


def test_an_attempt_is_in_the_journal_from_its_beginning(journal: Journal) -> None:
    number = journal.begin(BEGUN)
    journal.enter(number, "build")
    (running,) = journal.running()
    assert (running.number, running.outcome, running.phase) == (number, "running", "build")
    assert journal.last(BUILT.port, PLATFORM) is None
    assert journal.success(BUILT.key) is None
    journal.end(number, BUILT)
    assert journal.running() == ()
    assert journal.success(BUILT.key) == BUILT


def test_phases_follow_each_other(journal: Journal) -> None:
    first, second = journal.begin(BEGUN), journal.begin(BEGUN)
    for number in (first, second):
        for phase in ("fetch", "build"):
            journal.enter(number, phase)
    journal.end(first, BUILT)
    spans = [span for span in journal.spans() if span.attempt == first]
    assert [span.phase for span in spans] == ["fetch", "build"]
    assert all(span.seconds is not None and 0 <= span.seconds < 5 for span in spans)
    assert [(span.phase, span.seconds is None) for span in journal.spans(second)] == [
        ("fetch", False),
        ("build", True),
    ]


def test_a_running_attempt_whose_process_is_gone_was_interrupted(journal: Journal) -> None:
    alive, dead = journal.begin(BEGUN), journal.begin(replace(BEGUN, owner=DEAD))
    assert [row.number for row in journal.running()] == [alive]
    assert [row.outcome for row in journal.attempts(BUILT.port)] == [RUNNING, INTERRUPTED]
    assert [row.number for row in journal.bury()] == [dead]
    assert journal.bury() == ()
    assert journal.last(BUILT.port, PLATFORM) is None


def test_what_another_machine_does_is_not_interrupted_from_here(journal: Journal) -> None:
    journal.begin(replace(BEGUN, owner=GONE))
    assert journal.bury() == ()
    assert len(journal.running()) == 1


def test_only_what_still_runs_can_be_interrupted(journal: Journal) -> None:
    done, going = journal.add(BUILT), journal.begin(BEGUN)
    journal.interrupt([done, going])
    assert [row.outcome for row in journal.attempts(BUILT.port)] == ["built", INTERRUPTED]


def test_a_killed_process_leaves_its_attempt_as_interrupted(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    script = (
        "import os, pathlib, signal, sys\n"
        "from fakes.attempts import attempt\n"
        "from porter.run import Journal\n"
        "Journal(pathlib.Path(sys.argv[1])).begin(attempt(outcome='running'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    subprocess.run(
        [sys.executable, "-c", script, str(path)],
        env={"PYTHONPATH": ":".join(sys.path)}, check=False,
    )  # fmt: skip
    (row,) = Journal(path).attempts("demo==1@cp39")
    assert row.outcome == INTERRUPTED


# --- many at once ---------------------------------------------------------------------------

PORTS = st.sampled_from(["a==1@cp39", "b==1@cp39", "c==1@cp39"])
GOOD = ("built", "cached", "available")
ROWS = st.lists(
    st.builds(
        attempt,
        PORTS,
        platform=st.sampled_from([PLATFORM, "manylinux2014_s390x"]),
        key=st.sampled_from(["k1", "k2"]),
        outcome=st.sampled_from([*GOOD, "failed", RUNNING, INTERRUPTED]),
        started=st.just(NOON),
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_the_answers_are_those_of_the_rows_read_in_their_order(rows: list[Attempt]) -> None:
    with TemporaryDirectory() as folder, closing(Journal(Path(folder, "journal"))) as journal:
        for row in rows:
            journal.begin(row)
        ports = {row.port for row in rows}
        lasts = {port: journal.last(port, PLATFORM) for port in ports}
        here = [row for row in rows if row.platform == PLATFORM]
        newest = {row.port: row for row in here}
        good = {row.port: row for row in here if row.outcome in GOOD}
        keys = {row.key: row for row in rows if row.outcome in GOOD}
        assert journal.newest(PLATFORM) == newest
        assert journal.lasts(PLATFORM) == {k: v for k, v in lasts.items() if v}
        assert journal.last_successes(PLATFORM) == good
        assert {key: journal.success(key) for key in ("k1", "k2")} == {
            "k1": None,
            "k2": None,
            **keys,
        }


def test_any_thread_may_write(journal: Journal) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(journal.begin, [BEGUN] * 40))
        list(pool.map(journal.end, numbers, [BUILT] * 40))
    assert len(set(numbers)) == 40
    assert journal.attempts(BUILT.port) == (BUILT,) * 40


# --- files ----------------------------------------------------------------------------------


def test_a_damaged_journal_is_named(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(SurroundingsError, match=r"journal\.sqlite"):
        Journal(path)


def test_two_processes_write_without_losing_a_row(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    script = (
        "import pathlib, sys\n"
        "from fakes.attempts import attempt\n"
        "from porter.run import Journal\n"
        "journal = Journal(pathlib.Path(sys.argv[1]))\n"
        "for _ in range(20):\n"
        "    journal.add(attempt('p'))\n"
    )
    command = [sys.executable, "-c", script, str(path)]
    environ = {"PYTHONPATH": ":".join(sys.path)}
    writers = [subprocess.Popen(command, env=environ) for _ in range(2)]
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
