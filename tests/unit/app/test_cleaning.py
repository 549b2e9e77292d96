from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from fakes.engine import FakeEngine, Reply
from fakes.running import Rig
from porter import app
from porter.app import Litter, cleaning
from porter.cli.main import cli
from porter.errors import UsageError
from porter.graph import encode
from porter.model import Ending
from unit.graph.plans import needs, node, plan, tool

NODES = [node("demo"), node("other"), tool("setuptools")]
PLAN = plan(NODES, [*needs(NODES[0], NODES[2]), *needs(NODES[1], NODES[2])], "demo", "other")


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A finished run of a plan that stands in graphs/; no container engine is here."""
    monkeypatch.setattr(cleaning, "container_engines", lambda _: ())
    monkeypatch.setenv("PORTER_CACHE_DIR", str(tmp_path / "cache"))
    rig = Rig(tmp_path / "workspace", PLAN)
    rig.workspace.graphs.mkdir()
    (rig.workspace.graphs / "demo.json").write_bytes(encode(PLAN))
    rig.run()
    return rig


def clean(rig: Rig, *, everything: bool = False) -> tuple[dict[str, Litter], int]:
    told: dict[str, Litter] = {}
    freed = app.clean(
        rig.folder,
        everything=everything,
        notice=lambda _: None,
        tell=lambda litter: told.update({litter.what.partition(" ")[0]: litter}),
    )
    return told, freed


def endings(rig: Rig) -> set[Ending]:
    return {outcome.ending for outcome in rig.run().values()}


def test_what_the_plan_needs_stays(rig: Rig) -> None:
    assert clean(rig) == ({}, 0)
    assert endings(rig) == {Ending.CACHED}


def test_the_wheel_of_an_earlier_key_goes_with_its_log(rig: Rig) -> None:
    rig.kits.image = "newer"
    rig.run()
    for number in (1, 2):
        (rig.workspace.logs / "demo-1-cp39" / f"{number}.xml").write_text("<testsuite/>")
    told, freed = clean(rig)
    assert {what: len(litter.paths) for what, litter in told.items()} == {"finished": 2, "logs": 3}
    assert freed > 0
    left = ["2.log", "2.log", "2.xml"]
    assert sorted(path.name for path in rig.workspace.logs.glob("*/*")) == left
    assert endings(rig) == {Ending.CACHED}
    assert len(list(rig.workspace.wheelhouse.glob("*.whl"))) == 2


def test_what_only_a_plan_needed_that_is_gone_goes(rig: Rig) -> None:
    one = replace(PLAN, nodes=(NODES[0], NODES[2]), edges=PLAN.edges[:1])
    (rig.workspace.graphs / "demo.json").write_bytes(encode(one))
    told, _ = clean(rig)
    assert len(told["finished"].paths) == 2  # the wheel, and the link to it
    assert [path.name for path in rig.workspace.ports.glob("*/*")] == ["demo-1-cp39"]
    rig.run()
    assert rig.built == ["other (cross)"]


def test_the_scratch_and_not_the_last_wheel_of_a_failed_port_goes(rig: Rig) -> None:
    rig.kits.image = "newer"
    rig.fails("demo", "build_wheel", Reply(code=1))
    rig.run()
    told, _ = clean(rig)
    assert [path.name for path in told["scratch"].paths] == ["demo-1-cp39"]
    assert sorted(path.name for path in (rig.workspace.logs / "demo-1-cp39").iterdir()) == [
        "1.log",
        "2.log",
    ]
    rig.kits.image = "first"
    assert rig.run()["demo"].ending is Ending.CACHED


def test_all_of_porters_own_goes_and_nothing_of_the_persons(rig: Rig) -> None:
    rig.journal.close()
    clean(rig, everything=True)
    assert [path.name for path in rig.workspace.state.iterdir()] == ["lock"]
    assert len(list(rig.workspace.wheelhouse.glob("*.whl"))) == 2
    assert list(rig.workspace.graphs.iterdir())
    assert endings(Rig(rig.folder, PLAN)) == {Ending.BUILT}


def test_a_plan_that_cannot_be_read_stops_it_before_anything_goes(rig: Rig) -> None:
    (rig.workspace.graphs / "broken.json").write_text("{")
    with pytest.raises(UsageError, match=r"broken\.json"):
        clean(rig)
    (rig.workspace.graphs / "broken.json").unlink()
    assert endings(rig) == {Ending.CACHED}


def test_only_old_downloads_that_are_not_whole_go(rig: Rig, tmp_path: Path) -> None:
    files = tmp_path / "cache" / "files"
    files.mkdir(parents=True)
    for name, time in ((".new-old", 1e9), (".new-now", None), ("whole", 1e9)):
        (files / name).write_bytes(b"half")
        if time is not None:
            os.utime(files / name, (time, time))
    told, _ = clean(rig)
    assert [path.name for path in told["broken-off"].paths] == [".new-old"]
    assert sorted(path.name for path in files.iterdir()) == [".new-now", "whole"]


def test_a_link_in_a_scratch_folder_leads_nowhere(rig: Rig, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_bytes(b"x" * 100_000)
    scratch = rig.workspace.work / "left"
    scratch.mkdir(parents=True)
    (scratch / "link").symlink_to(mine)
    _, freed = clean(rig)
    assert freed < 100_000
    assert (mine / "file").is_file()


def test_what_still_writes_into_a_scratch_folder_is_ended_first(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch, seen = rig.workspace.work / "left", list[bool]()

    class Engine(FakeEngine):
        def sweep(self) -> int:
            seen.append(scratch.exists())
            return 1

        def close(self) -> None: ...

    monkeypatch.setattr(cleaning, "container_engines", lambda _: [Engine()])
    clean(rig)
    assert seen == []
    scratch.mkdir(parents=True)
    clean(rig)
    assert seen == [True]


def test_the_command_says_what_goes_and_what_was_freed(rig: Rig) -> None:
    (rig.workspace.work / "left").mkdir(parents=True)
    done = CliRunner().invoke(cli, ["clean", "--workspace", str(rig.folder)])
    assert done.exit_code == 0
    assert "removing scratch folders: 1, 4.1 kB" in done.stderr
    assert done.stdout == "4.1 kB freed\n"
    again = CliRunner().invoke(cli, ["clean", "--workspace", str(rig.folder)])
    assert (again.stdout, again.stderr) == ("0 B freed\n", "")


def test_where_nothing_was_ever_built_nothing_is_made(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["clean", "--all", "--workspace", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (0, "0 B freed\n")
    assert not list(tmp_path.iterdir())
