from __future__ import annotations

from pathlib import Path

import pytest

from fakes.running import Rig
from fakes.wheels import make_wheel
from porter.model import Comparison, Ending
from porter.run import Options
from porter.run.reproduce import differences
from unit.graph.plans import needs, node, plan, tool

NAME = "demo-1-py3-none-any.whl"
DEMO = plan([node("demo"), tool("setuptools")], needs(node("demo"), tool("setuptools")), "demo==1")
CHECKED = Options(rebuild=frozenset({"demo"}), check_reproducible=True)


def test_the_same_file_has_no_differences(tmp_path: Path) -> None:
    one = make_wheel(tmp_path / "1", NAME, {"a.py": "x"})
    other = tmp_path / "2" / NAME
    other.parent.mkdir()
    other.write_bytes(one.read_bytes())
    assert differences(one, other) == ()


def test_members_that_differ_are_named_with_the_first_byte(tmp_path: Path) -> None:
    one = make_wheel(tmp_path / "1", NAME, {"a.py": "built at 10:00", "gone.py": ""})
    other = make_wheel(tmp_path / "2", NAME, {"a.py": "built at 10:01", "new.py": ""})
    lines = differences(one, other)
    assert lines[:3] == (
        "gone.py is gone",
        "new.py is new",
        "a.py differs from byte 13 on: b' at 10:00' was, b' at 10:01' is",
    )
    assert lines[3].startswith("demo-1.dist-info/RECORD differs from byte")


def test_many_differences_are_counted(tmp_path: Path) -> None:
    one = make_wheel(tmp_path / "1", NAME, {f"{n}.py": "a" for n in range(30)})
    other = make_wheel(tmp_path / "2", NAME, {f"{n}.py": "b" for n in range(30)})
    lines = differences(one, other)
    assert (len(lines), lines[-1]) == (10, "and 22 more")


def test_an_archive_that_only_looks_different(tmp_path: Path) -> None:
    one = make_wheel(tmp_path / "1", NAME, {"a.py": "x"})
    other = tmp_path / "2" / "demo-1-py2.py3-none-any.whl"
    other.parent.mkdir()
    other.write_bytes(one.read_bytes())
    assert differences(one, other)[0] == f"its name was {NAME}"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, DEMO, options=CHECKED)


def test_built_again_it_is_compared_with_the_one_before(rig: Rig) -> None:
    first = rig.run()["demo"]
    assert (first.ending, first.reproducible) == (Ending.BUILT, Comparison.FIRST)
    assert "nothing to compare it with: build it once more" in first.warnings
    second = rig.run()["demo"]
    assert (second.ending, second.reproducible) == (Ending.BUILT, Comparison.SAME)
    assert second.sha256 == first.sha256


def test_a_build_that_is_never_the_same_says_where(rig: Rig) -> None:
    rig.run()
    rig.content = {"demo": "another time"}
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.reproducible) == (Ending.BUILT, Comparison.DIFFERENT)
    assert any(w.startswith("not reproducible: demo.py differs") for w in outcome.warnings)


def test_nothing_is_compared_unasked(rig: Rig) -> None:
    rig.options = Options(rebuild=frozenset({"demo"}))
    rig.run()
    assert rig.run()["demo"].reproducible is None
