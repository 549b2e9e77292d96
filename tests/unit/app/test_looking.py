from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.attempts import attempt
from porter.app import status
from porter.errors import UsageError
from porter.graph import encode
from porter.model import State
from porter.run import Journal
from unit.graph.plans import needs, node, plan

NODES = [node("gone", State.NO_SOURCE), node("port"), node("there", State.AVAILABLE)]
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


def test_the_newest_plan_is_meant(workspace: Path) -> None:
    other = workspace / "graphs" / "a-newer.json"
    other.write_bytes(encode(plan([node("newer")], [], "newer")))
    os.utime(other, (2e9, 2e9))
    assert set(states(workspace)) == {"newer"}


def test_without_a_plan_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no plan in"):
        status(None, workspace=tmp_path)
