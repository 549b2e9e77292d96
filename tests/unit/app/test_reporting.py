from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fakes.attempts import NOON, attempt
from porter import app
from porter.app import building
from porter.app.looking import standings
from porter.app.planning import read_plan
from porter.app.reporting import report, scenes, write_report
from porter.errors import SurroundingsError
from porter.graph import PortGraph, decode, encode
from porter.model import State
from porter.report import View, layered
from porter.report.page import Report
from porter.run import Journal
from unit.graph.plans import needs, node, plan, tool

LEAF, TOP, FREE, MAKER = node("leaf"), node("top"), node("free"), tool("maker")
PLAN = plan(
    [FREE, LEAF, MAKER, TOP], [*needs(TOP, LEAF), *needs(LEAF, MAKER)], "top", "free", "x", "y"
)
OURS, THEIRS = "first run", "second run"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs" / "my plan.json").write_bytes(encode(PLAN))
    return tmp_path


def journal(workspace: Path) -> Journal:
    return Journal(workspace / ".porter" / "journal.sqlite")


def made(workspace: Path) -> Report:
    planned = read_plan(workspace / "graphs" / "my plan.json")
    return report(planned, PortGraph(planned.plan), {}, workspace=workspace)


def failed(**more: Any) -> Any:
    return attempt(LEAF.id, outcome="failed", phase="build", reason="it broke", **more)


def test_before_any_run(workspace: Path) -> None:
    found = made(workspace)
    assert found.title == "top, free, x and 1 more"
    assert found.facts == "manylinux2014_aarch64 · cp39 · graphs/my plan.json"
    assert found.plan == "'graphs/my plan.json'"
    assert {detail.state for detail in found.details.values()} == {"port", "available"}
    assert (found.runs, found.pieces, found.began) == ((), (), None)


def test_a_failure_and_what_it_blocks(workspace: Path) -> None:
    context = "before\nmodule.c:7:2: error: expected ';'\nafter"
    journal(workspace).add(failed(context=context, rule="compiler-error", hint="Mend it."))
    details = made(workspace).details
    leaf = details[LEAF.id]
    assert (leaf.state, leaf.phase, leaf.reason, leaf.hint) == (
        "failed", "build", "it broke", "Mend it.",
    )  # fmt: skip
    assert leaf.excerpt[leaf.mark or 0] == "module.c:7:2: error: expected ';'"
    assert details[TOP.id].state == "blocked"
    assert details[TOP.id].waits == (LEAF.id,)


def test_without_a_rule_the_end_of_the_log_is_shown(workspace: Path) -> None:
    log = workspace / "1.log"
    with log.open("wb") as stream:
        stream.truncate(1 << 30)
        stream.seek(1 << 30)
        stream.write(b"\xff\x00\x1b[31mred\x1b[0m <script>\nlast\n")
    journal(workspace).add(failed(log="1.log"))
    leaf = made(workspace).details[LEAF.id]
    assert leaf.excerpt[-1] == "last"
    assert leaf.mark is None
    assert not [line for line in leaf.excerpt if "\x1b" in line or "\x00" in line]
    assert sum(map(len, leaf.excerpt)) < 2000


def test_a_log_that_is_gone_leaves_no_excerpt(workspace: Path) -> None:
    journal(workspace).add(failed(log="gone.log"))
    assert made(workspace).details[LEAF.id].excerpt == ()


def test_a_wheel(workspace: Path) -> None:
    wheel = "leaf-1-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
    records = journal(workspace)
    records.add(attempt(LEAF.id, seconds=20.0, owner=OURS))
    records.add(
        attempt(
            LEAF.id, seconds=10.0, owner=THEIRS, wheel=wheel, sizes=(5, 7), grafted=("libz.so.1",),
            modules=3, tests=4, verified="tests", parity="1 extension module as in leaf.whl",
        )
    )  # fmt: skip
    leaf = made(workspace).details[LEAF.id]
    assert (leaf.seconds, leaf.before, leaf.raw, leaf.size) == (10.0, 20.0, 5, 7)
    assert leaf.tags == "cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64"
    assert leaf.verified == ("tests: 3 modules, 4 tests; parity: 1 extension module as in leaf.whl")
    assert leaf.grafted == ("libz.so.1",)


def test_runs_are_what_one_process_did(workspace: Path) -> None:
    records = journal(workspace)
    records.add(failed(owner=OURS))
    records.add(attempt(LEAF.id, owner=OURS, started=NOON + timedelta(seconds=5), seconds=4.0))
    records.add(attempt(FREE.id, owner=OURS))
    records.add(attempt(LEAF.id, owner=THEIRS, outcome="cached"))
    first, second = made(workspace).runs
    assert first.seconds == pytest.approx(9.0, abs=0.01)
    assert first.counts == {"built": 2}
    assert second.counts == {"built": 1}


def test_the_time_line_is_the_last_run_s(workspace: Path) -> None:
    records = journal(workspace)
    number = records.begin(attempt(FREE.id, outcome="running", owner=OURS))
    records.enter(number, "build")
    rungs = [records.begin(attempt(LEAF.id, outcome="running")) for _ in range(2)]
    for rung in rungs:
        records.enter(rung, "fetch")
        records.enter(rung, "build")
        records.end(rung, failed())
    running = records.begin(attempt(TOP.id, outcome="running"))
    records.enter(running, "fetch")
    found = made(workspace)
    assert [(p.id, p.attempt, p.phase) for p in found.pieces] == [
        *((LEAF.id, rung, phase) for rung in rungs for phase in ("fetch", "build")),
        (TOP.id, running, "fetch"),
    ]
    assert [piece.seconds is None for piece in found.pieces] == [False] * 4 + [True]
    assert found.details[TOP.id].since == NOON
    assert found.details[TOP.id].seconds is None


def test_scenes() -> None:
    graph = PortGraph(PLAN)
    rows = standings(graph, {}, {})
    assert list(scenes(graph, rows, layout=layered)) == ["all", "ports"]
    assert list(scenes(graph, rows, View("ports"), layered)) == ["ports", "all"]
    only_ports = PortGraph(plan([LEAF, TOP], needs(TOP, LEAF), "top"))
    assert list(scenes(only_ports, standings(only_ports, {}, {}), layout=layered)) == ["all"]


def test_it_is_written_into_the_workspace(workspace: Path) -> None:
    path = write_report(read_plan(workspace / "graphs" / "my plan.json"), workspace=workspace)
    assert path == workspace / ".porter" / "report" / "index.html"
    assert path.read_bytes().startswith(b"<!doctype html>")


def test_it_is_left_alone_where_it_would_say_the_same(workspace: Path) -> None:
    plan_file = workspace / "graphs" / "my plan.json"
    entries = journal(workspace)
    entries.add(attempt(LEAF.id))
    first = write_report(read_plan(plan_file), workspace=workspace).read_bytes()
    path = write_report(read_plan(plan_file), workspace=workspace)
    assert path.read_bytes() == first
    entries.add(failed())
    after_a_run = write_report(read_plan(plan_file), workspace=workspace).read_bytes()
    assert after_a_run != first
    plan_file.write_bytes(plan_file.read_bytes() + b"\n")
    assert write_report(read_plan(plan_file), workspace=workspace).read_bytes() != after_a_run
    path.write_bytes(b"cut off")
    assert len(write_report(read_plan(plan_file), workspace=workspace).read_bytes()) > 1000


def test_a_journal_of_another_version_is_named(workspace: Path) -> None:
    (workspace / ".porter").mkdir()
    (workspace / ".porter" / "journal.sqlite").write_bytes(b"no journal" * 100)
    with pytest.raises(SurroundingsError, match=r"journal\.sqlite"):
        made(workspace)


def test_the_json_of_a_picture_knows_the_states_of_a_plan(workspace: Path) -> None:
    journal(workspace).begin(attempt(LEAF.id, outcome="running"))
    journal(workspace).begin(attempt(TOP.id, outcome="running", owner="gone"))
    output = workspace / "now.json"
    app.draw(None, output, View("all"), workspace=workspace)
    states = {str(node.name): node.state for node in decode(output.read_bytes()).nodes}
    assert states == {
        "leaf": State.PORT, "top": State.PORT, "free": State.PORT, "maker": State.AVAILABLE,
    }  # fmt: skip


def test_a_run_does_not_fail_because_of_its_page(workspace: Path) -> None:
    (workspace / ".porter").mkdir()
    (workspace / ".porter" / "report").write_text("a file where the folder should be")
    said: list[str] = []
    planned = read_plan(workspace / "graphs" / "my plan.json")
    assert building._report(planned, workspace, said.append) is None
    (notice,) = said
    assert notice.startswith("the report page could not be written: ")
