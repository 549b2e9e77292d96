import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from porter.cli.why import command
from porter.errors import UsageError
from porter.graph import encode
from porter.model import State
from unit.graph.plans import needs, node, plan, tool


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    top, middle, end = node("top", State.AVAILABLE), node("middle"), node("end")
    compiler = tool("compiler")
    edges = [*needs(top, middle, end), *needs(middle, end), *needs(end, compiler)]
    made = plan([compiler, end, middle, top], edges, "top>=1")
    (tmp_path / "graphs").mkdir()
    (tmp_path / "graphs/top.json").write_bytes(encode(made))
    return tmp_path


def run(workspace: Path, *words: str) -> str:
    arguments = [*words, "--workspace", str(workspace)]
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_the_paths_the_shortest_first(workspace: Path) -> None:
    assert run(workspace, "End").splitlines() == [
        "○ end==1@cp39 is a port: a test",
        "  top==1@cp39",
        "  ├─ end==1@cp39  requires end>=1",
        "  └─ middle==1@cp39  requires middle>=1",
        "     └─ end==1@cp39  requires end>=1",
    ]


def test_a_build_requirement(workspace: Path) -> None:
    shown = run(workspace, "compiler", str(workspace / "graphs/top.json"))
    assert "└─ compiler==1@cp39:build  built with compiler>=1" in shown


def test_what_was_asked_for(workspace: Path) -> None:
    assert "  top>=1 was asked for" in run(workspace, "top").splitlines()


def test_as_json(workspace: Path) -> None:
    document = json.loads(run(workspace, "middle", "--format", "json"))
    assert document["graph"] == "graphs/top.json"
    (entry,) = document["nodes"]
    assert (entry["id"], entry["state"], entry["asked"]) == ("middle==1@cp39", "port", [])
    assert entry["paths"] == [
        [
            {
                "from": "top==1@cp39",
                "to": "middle==1@cp39",
                "kind": "install",
                "requirement": "middle>=1",
            }
        ]
    ]


def test_a_stranger(workspace: Path) -> None:
    with pytest.raises(UsageError, match="no project nope"):
        run(workspace, "nope")
