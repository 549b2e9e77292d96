"""The story's target, planned from the recording: what graphs/ holds, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.recorded import RecordedIndex
from porter.errors import ResolutionError
from porter.graph import encode
from porter.model import EdgeKind, Interpreter, Plan, Platform, Side, State
from porter.recipes import Recipes
from porter.resolve import Request, plan

GRAPHS = Path(__file__).parents[2] / "graphs"
AARCH64 = Platform.parse("aarch64", "manylinux2014")


def planned(folder: Path, requirement: str, python: str) -> Plan:
    request = Request(
        requirements=(requirement,),
        platform=AARCH64,
        interpreters=(Interpreter.parse(python),),
    )
    return plan(request, RecordedIndex(folder), Recipes.load(None), notice=lambda _: None)


def test_the_tree_of_tensorflow(tmp_path: Path) -> None:
    found = planned(tmp_path, "tensorflow==1.5.15", "3.7")
    tree = {node.name: node for node in found.nodes if node.side is Side.TARGET}
    assert len(tree) == 25
    assert {name: str(n.version) for name, n in tree.items() if n.state is State.PORT} == {
        "gast": "0.2.2",
        "h5py": "2.10.0",
        "numpy": "1.18.5",
    }
    (missing,) = (node for node in tree.values() if node.state is State.NO_SOURCE)
    assert missing.id == "tensorflow==1.15.5@cp37"
    assert missing.reason == (
        "no aarch64 wheel: 6 wheels on the index, for win, macosx and x86_64 linux; "
        "no sdist: give a source in a recipe"
    )
    (note,) = found.target.notes
    assert note == (
        "tensorflow 1.5.15 was never released; taken as 1.15.5 (recipe tensorflow): "
        "1.15.5 is the release that asks for NumPy 1.18.*"
    )
    needs = {e.end for e in found.edges if e.start == missing.id and e.kind is EdgeKind.INSTALL}
    assert {"gast==0.2.2@cp37", "numpy==1.18.5@cp37"} < needs


@pytest.mark.parametrize(
    ("requirement", "python"), [("tensorflow==1.5.15", "3.7"), ("numpy==1.18.5", "3.9")]
)
def test_the_plans_in_graphs_are_what_porter_makes(
    tmp_path: Path, requirement: str, python: str
) -> None:
    committed = GRAPHS / f"{requirement.replace('==', '-')}.json"
    again = f"porter plan {requirement} --python {python}"
    assert encode(planned(tmp_path, requirement, python)) == committed.read_bytes(), again


def test_the_plans_in_graphs_name_no_address() -> None:
    for path in GRAPHS.glob("*.json"):
        assert "://" not in path.read_text(), path


def test_a_version_without_an_alias_gets_the_nearest_ones(tmp_path: Path) -> None:
    with pytest.raises(ResolutionError) as caught:
        planned(tmp_path, "tensorflow==1.15.6", "3.7")
    assert caught.value.exit_code == 3
    assert caught.value.message == "no release of tensorflow matches tensorflow==1.15.6 (asked for)"
    assert caught.value.hint == "Nearest versions: 1.15.4, 1.15.5, 2.0.0."
