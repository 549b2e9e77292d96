from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from click import unstyle

from porter.app import Planned, Standing
from porter.cli import standings
from porter.model import State
from unit.cli.runs import BASE, GONE, GRAPH, MIDDLE, OTHER, THERE, TOP

HOME = Path("/home/me")
PLANNED = Planned(GRAPH.plan, HOME / "graphs/top.json", b"")
ROWS = (
    Standing(
        BASE, State.BUILT, None, strategy="cross", seconds=81.0, wheel="base-1.whl", log="l/1.log"
    ),
    Standing(GONE, State.NO_SOURCE, "no sdist"),
    Standing(
        MIDDLE,
        State.RUNNING,
        None,
        phase="build",
        strategy="cross",
        started=datetime(2026, 1, 2, tzinfo=UTC),
        seconds=42.04,
        expected=125.0,
    ),
    Standing(
        OTHER, State.FAILED, "it \x1b[2J[red]\nfails", phase="repair", strategy="cross", seconds=3.0
    ),
    Standing(THERE, State.AVAILABLE, "on the index", wheel="there-1.whl"),
    Standing(TOP, State.BLOCKED, f"waits for {OTHER.id}", blocked_by=(OTHER.id,)),
)


def table(columns: int | None) -> list[str]:
    return unstyle(standings.table(PLANNED, ROWS, HOME, columns)).splitlines()


def test_what_a_person_looks_for_stands_first() -> None:
    assert table(None) == [
        "▶ running    middle==1@cp39  42s    build   cross  of about 2m05s",
        "✖ failed     other==1@cp39   3.0s   repair  cross  it [red] fails",
        "? no-source  gone==1@cp39                          no sdist",
        "⊘ blocked    top==1@cp39                           waits for other==1@cp39",
        "✔ built      base==1@cp39    1m21s          cross  base-1.whl",
        "· available  there==1@cp39                         there-1.whl",
        (
            "✔ 1 built, ✖ 1 failed, ⊘ 1 blocked, ? 1 no-source, · 1 available, ▶ 1 running; "
            "plan: graphs/top.json"
        ),
    ]


def test_on_a_narrow_terminal_rows_are_cut() -> None:
    *rows, _ = table(40)
    assert rows[0] == "▶ running    middle==1@cp39  42s    bui…"
    assert all(len(line) <= 40 for line in rows)


def test_the_tree() -> None:
    assert unstyle(standings.as_tree(PLANNED, ROWS, HOME)).splitlines() == [
        "⊘ top==1@cp39  blocked",
        "├─ ▶ middle==1@cp39  running build 42s",
        "│  ├─ ✔ base==1@cp39  built 1m21s",
        "│  └─ · there==1@cp39",
        "└─ ✖ other==1@cp39  failed repair 3.0s",
        "✔ 1 built, ✖ 1 failed, ⊘ 1 blocked, · 1 available, ▶ 1 running; plan: graphs/top.json",
    ]


def test_as_json() -> None:
    document = json.loads(json.dumps(standings.as_data(PLANNED, ROWS, HOME)))
    assert document["counts"]["running"] == 1
    by_id = {entry["id"]: entry for entry in document["nodes"]}
    assert by_id[MIDDLE.id] == {
        "id": MIDDLE.id,
        "state": "running",
        "reason": None,
        "blocked_by": [],
        "phase": "build",
        "strategy": "cross",
        "started": "2026-01-02T00:00:00+00:00",
        "seconds": 42.0,
        "expected": 125.0,
        "wheel": None,
        "log": None,
    }
    assert by_id[TOP.id]["blocked_by"] == [OTHER.id]
