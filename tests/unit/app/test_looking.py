from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.attempts import attempt
from porter.app import status
from porter.errors import UsageError
from porter.graph import encode
from porter.model import State
from porter.run import Journal
from unit.graph.plans import needs, node, plan

NODES = [node("gone", State.NO_SOURCE), node("port"), node("there", State.AVAILABLE)]
GONE = "no process"
PLAN = plan(NODES, needs(node("port"), NODES[2]), "port")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "port.json").write_bytes(encode(PLAN))
    return tmp_path


def attempted(workspace: Path, outcome: str) -> None:
    started = datetime(2026, 1, 1, tzinfo=UTC)
    journal = Journal(workspace / ".porter" / "journal.sqlite")
    journal.add(attempt("port==1@cp39", outcome=outcome, started=started))


def begin(workspace: Path, **more: Any) -> None:
    journal = Journal(workspace / ".porter" / "journal.sqlite")
    journal.begin(attempt("port==1@cp39", outcome="running", **more))


def states(workspace: Path) -> dict[str, State]:
    _, standings = status(None, workspace=workspace)
    return {str(standing.node.name): standing.state for standing in standings}


def test_before_any_run_a_plan_stands_as_it_was_made(workspace: Path) -> None:
    expected = {"gone": State.NO_SOURCE, "port": State.PORT, "there": State.AVAILABLE}
    assert states(workspace) == expected
    assert not (workspace / ".porter").exists()


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("built", State.BUILT), ("failed", State.FAILED), ("cached", State.BUILT)],
)
def test_a_port_stands_as_its_last_attempt_ended(
    workspace: Path, outcome: str, state: State
) -> None:
    attempted(workspace, "failed")
    attempted(workspace, outcome)
    assert states(workspace)["port"] is state


def test_a_port_under_way_tells_where_it_is_and_for_how_long(workspace: Path) -> None:
    attempted(workspace, "built")
    begun = datetime.now(UTC) - timedelta(seconds=40)
    begin(workspace, phase="build", started=begun, log="logs/2.log")
    (port,) = (row for row in status(None, workspace=workspace)[1] if row.node.name == "port")
    assert (port.state, port.phase, port.strategy) == (State.RUNNING, "build", "cross")
    assert (port.started, port.log, port.wheel) == (begun, "logs/2.log", None)
    assert port.seconds == pytest.approx(40, abs=5)
    assert port.expected == 1.0


def test_a_port_whose_run_was_killed_is_interrupted(workspace: Path) -> None:
    attempted(workspace, "built")
    begin(workspace, phase="build", owner=GONE)
    assert states(workspace)["port"] is State.INTERRUPTED


CHAIN = [node("a"), node("b"), node("c"), node("free"), node("gone", State.NO_SOURCE)]
EDGES = [
    *needs(node("b"), node("a")),
    *needs(node("c"), node("b"), NODES[0]),
    *needs(node("a"), node("b")),  # a circle: a does not wait for b
]


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({}, {"a": "port", "b": "port", "c": "blocked", "free": "port"}),
        (
            {"a": "failed"},
            {"a": "failed", "b": "blocked", "c": "blocked", "free": "port"},
        ),
        (
            {"a": "failed", "b": "built", "free": "built"},
            {"a": "failed", "b": "built", "c": "blocked", "free": "built"},
        ),
        ({"a": "built", "b": "failed"}, {"a": "built", "b": "failed", "c": "blocked"}),
    ],
)
def test_what_waits_for_a_failure_is_blocked_by_its_root_cause(
    tmp_path: Path, outcomes: dict[str, str], expected: dict[str, str]
) -> None:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs/c.json").write_bytes(encode(plan(CHAIN, EDGES, "c", "free")))
    journal = Journal(tmp_path / ".porter" / "journal.sqlite")
    for name, outcome in outcomes.items():
        journal.add(attempt(f"{name}==1@cp39", outcome=outcome))
    rows = {str(row.node.name): row for row in status(None, workspace=tmp_path)[1]}
    assert {name: rows[name].state for name in expected} == expected
    failed = {f"{name}==1@cp39" for name, outcome in outcomes.items() if outcome == "failed"}
    assert set(rows["c"].blocked_by) == {"gone==1@cp39", *failed}
    assert not rows["a"].blocked_by


def test_the_newest_plan_is_meant(workspace: Path) -> None:
    other = workspace / "graphs" / "a-newer.json"
    other.write_bytes(encode(plan([node("newer")], [], "newer")))
    os.utime(other, (2e9, 2e9))
    assert set(states(workspace)) == {"newer"}


def test_without_a_plan_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no plan in"):
        status(None, workspace=tmp_path)
