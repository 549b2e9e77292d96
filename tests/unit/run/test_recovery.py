from __future__ import annotations

import os
from pathlib import Path

import pytest

from fakes.attempts import attempt
from fakes.engine import Reply
from fakes.running import Rig
from porter.errors import EngineError
from porter.model import Ending, State
from porter.run import Journal, recover
from unit.graph.plans import needs, node, plan, tool

DEMO = plan([node("demo"), tool("setuptools")], needs(node("demo"), tool("setuptools")), "demo==1")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, DEMO)


def test_a_workspace_without_leftovers_stays_as_it_is(rig: Rig) -> None:
    rig.run()
    found = recover(rig.workspace, rig.folder / "cache")
    assert (found.interrupted, found.leftovers) == ((), 0)
    assert rig.run()["demo"].ending is Ending.CACHED


def test_the_scratch_folder_of_a_failed_port_is_kept_to_be_looked_at(rig: Rig) -> None:
    rig.fails("demo", "build_wheel", Reply(code=1))
    assert rig.run()["demo"].ending is Ending.FAILED
    (rig.workspace.work / "tmp1234" / "deep").mkdir(parents=True)
    assert recover(rig.workspace, rig.folder / "cache").leftovers == 1
    assert [folder.name for folder in rig.workspace.work.iterdir()] == ["demo-1-cp39"]


def test_an_interrupted_attempt_leaves_nothing(rig: Rig) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    rig.fails("demo", "build_wheel", Reply(act=interrupt))
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    assert [row.outcome for row in rig.journal.attempts("demo==1@cp39")] == ["interrupted"]
    assert recover(rig.workspace, rig.folder / "cache").leftovers == 1
    assert not list(rig.workspace.work.iterdir())


def test_an_attempt_whose_process_died_is_told(rig: Rig) -> None:
    here = attempt().owner.split(".")
    journal = Journal(rig.workspace.journal)
    dead = ".".join((here[0], "0000", *here[2:]))
    journal.begin(attempt(outcome="running", owner=dead, phase="build"))
    (found,) = recover(rig.workspace, rig.folder / "cache").interrupted
    assert (found.port, found.phase, found.outcome) == ("demo==1@cp39", "build", "interrupted")


def test_files_that_are_not_whole_are_removed_and_no_others(rig: Rig) -> None:
    wheel = rig.workspace.wheelhouse / str(rig.run()["demo"].wheel)
    for folder in (rig.workspace.artifacts, wheel.parent, wheel.parent / ".provenance"):
        (folder / ".part-abc").write_bytes(b"half")
    assert recover(rig.workspace, rig.folder / "cache").leftovers == 3
    assert wheel.is_file()
    assert rig.run()["demo"].ending is Ending.CACHED


def test_half_plans_and_downloads_go_once_nobody_writes_them(rig: Rig) -> None:
    files, graphs = rig.folder / "cache" / "files", rig.workspace.graphs
    for path in (files / ".new-old", graphs / ".old.json.7.part"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"half")
        os.utime(path, (0, 0))
    young = {files / ".new-young", graphs / ".young.json.8.part", graphs / "whole.json"}
    for path in young:
        path.write_bytes(b"half")
    os.utime(graphs / "whole.json", (0, 0))
    assert recover(rig.workspace, rig.folder / "cache").leftovers == 2
    assert {*files.iterdir(), *graphs.iterdir()} == young


def test_a_damaged_wheel_in_the_wheelhouse_is_published_again(rig: Rig) -> None:
    wheel = rig.workspace.wheelhouse / str(rig.run()["demo"].wheel)
    whole = wheel.read_bytes()
    wheel.write_bytes(whole[:-1] + b"!")
    assert rig.run()["demo"].ending is Ending.CACHED
    assert wheel.read_bytes() == whole
    assert rig.built == []


def test_an_engine_that_goes_away_costs_only_what_was_under_way(tmp_path: Path) -> None:
    def gone(_: object) -> None:
        raise EngineError("the engine does not answer any more")

    first, second, setuptools = tool("first", State.PORT), node("second"), tool("setuptools")
    edges = [*needs(first, setuptools), *needs(second, setuptools, first)]
    rig = Rig(tmp_path, plan([first, second, setuptools], edges, "second==1"))
    rig.fails("second", "build_wheel", Reply(act=gone))
    with pytest.raises(EngineError):
        rig.run()
    assert [row.outcome for row in rig.journal.attempts(second.id)] == ["interrupted"]
    assert recover(rig.workspace, rig.folder / "cache").leftovers == 1
    rig.replies = {}
    outcomes = rig.run()
    assert (outcomes["first"].ending, outcomes["second"].ending) == (Ending.CACHED, Ending.BUILT)
    assert rig.built == ["second (cross)"]
