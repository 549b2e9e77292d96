"""The versions that leave the least to build."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.metadata import parse_email
from packaging.requirements import Requirement

from fakes.index import FakeFile, FakeIndex, sdist
from porter.model import Interpreter, Plan, Platform, Side, State
from porter.recipes import Recipes
from porter.resolve import Preference, Request, plan
from unit.resolve.cases import TOOLS, native, pure
from unit.resolve.test_plan import write
from unit.resolve.test_properties import Index, indexes, planned, requirements

Files = Mapping[str, Sequence[FakeFile]]


def port(name: str, version: str, *requires: str) -> FakeFile:
    return sdist(f"{name}-{version}.tar.gz", requires=requires)


def preferred(
    index: Files, *asked: str, recipes: Recipes | None = None, **seconds: float
) -> tuple[dict[str, str], str]:
    """The target's pins and the note."""
    request = Request(
        requirements=asked,
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreters=(Interpreter(3, 9),),
        prefer=Preference.PORTED,
        seconds=seconds,  # type: ignore[arg-type]  # plain names in a test
        from_source=frozenset({"built"} & index.keys()),
    )
    told: list[str] = []
    client = FakeIndex({**TOOLS, **index})
    found = plan(request, client, recipes or Recipes(()), notice=told.append)
    assert found.target.notes == tuple(told)
    pins = {str(n.name): str(n.version) for n in found.nodes if n.side is Side.TARGET}
    return pins, told[-1].partition(": ")[2]


H5PY: Files = {
    "h5py": [port("h5py", "3", "numpy>=2"), native("h5py", "2")],
    "numpy": [port("numpy", "2"), native("numpy", "1")],
}


def test_an_older_version_saves_ports() -> None:
    pins, note = preferred(H5PY, "h5py")
    assert pins == {"h5py": "2"}
    assert note == "h5py 2 instead of 3 saves 2 ports (h5py, numpy)"


def test_the_newest_stays_where_nothing_is_saved() -> None:
    index = {"a": [port("a", "1"), port("a", "2")], "b": [native("b", "1"), native("b", "2")]}
    pins, note = preferred(index, "a", "b")
    assert pins == {"a": "2", "b": "2"}
    assert note == "no allowed versions leave less to build than the newest do"


def test_time_counts_and_not_number() -> None:
    index = {
        "a": [port("a", "2", "slow"), port("a", "1", "quick", "swift")],
        **{name: [port(name, "1")] for name in ("slow", "quick", "swift")},
    }
    assert preferred(index, "a")[0]["a"] == "2"
    pins, note = preferred(index, "a", slow=900, quick=10, swift=10)
    assert pins["a"] == "1"
    assert note == "a 1 instead of 2 saves 1 port (slow) and cost 2 ports (quick, swift)"


def test_a_recipe_knows_the_time_too(tmp_path: Path) -> None:
    index = {
        "a": [port("a", "2", "slow"), port("a", "1", "quick")],
        **{name: [port(name, "1")] for name in ("slow", "quick")},
    }
    recipes = write(tmp_path / "recipes", "slow", "[[release]]\ntime = 900\n")
    assert preferred(index, "a", recipes=recipes)[0]["a"] == "1"


def test_a_port_is_better_than_no_source() -> None:
    index = {"a": [pure("a", "2", "b==2"), pure("a", "1", "b")]}
    index["b"] = [native("b", "2", arch="x86_64"), port("b", "1")]
    pins, note = preferred(index, "a")
    assert pins == {"a": "1", "b": "1"}
    assert note.endswith("save 1 without a source (b) and cost 1 port (b)")


def test_no_pre_release_is_taken_for_it() -> None:
    index = {"a": [port("a", "2"), native("a", "3rc1")]}
    assert preferred(index, "a")[0] == {"a": "2"}


def test_a_release_that_tells_no_requirements_is_no_bargain() -> None:
    old = sdist("a-1.tar.gz", requires=None)
    index = {"a": [port("a", "2", "b"), old], "b": [port("b", "1")]}
    assert preferred(index, "a")[0] == {"a": "2", "b": "1"}


def test_what_is_built_in_any_case_weighs_nothing() -> None:
    index = {"built": [native("built", "1"), port("built", "2")]}
    assert preferred(index, "built")[0] == {"built": "2"}


# --- against all sets of versions -----------------------------------------------------------------


def cost(found: Plan) -> tuple[int, int]:
    states = [node.state for node in found.nodes if node.side is Side.TARGET]
    return states.count(State.NO_SOURCE), states.count(State.PORT)


def every_cost(index: Index, wanted: list[Requirement], pins: dict[str, str]) -> Iterator[set[str]]:
    """What is to be built, for every set of versions that works; ``!`` marks no source."""
    for place, requirement in enumerate(wanted):
        if requirement.name in pins:
            if not requirement.specifier.contains(pins[requirement.name]):
                return
            continue
        rest = wanted[place + 1 :]
        for version in {str(file.file.version) for file in index[requirement.name]}:
            files = [f for f in index[requirement.name] if str(f.file.version) == version]
            if requirement.specifier.contains(version):
                now = pins | {requirement.name: version}
                for others in every_cost(index, rest + requires(files[0]), now):
                    yield others | burden(requirement.name, files)
        return
    yield set()


def requires(file: FakeFile) -> list[Requirement]:
    raw, _ = parse_email(file.metadata or b"")
    return [r for text in raw.get("requires_dist", []) if holds(r := Requirement(text))]


def holds(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"python_version": "3.9"})


def burden(name: str, files: list[FakeFile]) -> set[str]:
    tags = {tag.platform for f in files for tag in f.file.tags}
    if tags & {"any", "manylinux2014_aarch64"}:
        return set()
    return {name} if any(not f.file.is_wheel for f in files) else {f"{name}!"}


@settings(max_examples=150, deadline=None)
@given(indexes(), st.lists(requirements("abc"), min_size=1, max_size=3))
def test_nothing_is_cheaper(index: Index, asked: list[str]) -> None:
    newest, chosen = planned(index, asked), planned(index, asked, Preference.PORTED)
    assert (newest is None) == (chosen is None)
    if newest is None or chosen is None:
        return
    assert cost(chosen) <= cost(newest)
    wanted = [r for text in asked if holds(r := Requirement(text))]
    possible = [
        (sum(name.endswith("!") for name in names), sum(not name.endswith("!") for name in names))
        for names in every_cost(index, wanted, {})
    ]
    assert cost(chosen) == min(possible)
    nodes = {node.name: node for node in chosen.nodes if node.side is Side.TARGET}
    assert all(r.specifier.contains(nodes[r.name].version) for r in wanted)  # type: ignore[index]
    for edge in chosen.edges:
        name = edge.end.partition("==")[0]
        ends = [node for node in chosen.nodes if node.id == edge.end]
        assert Requirement(edge.requirement).specifier.contains(ends[0].version), name


@pytest.mark.parametrize("prefer", list(Preference))
def test_an_impossible_set_stays_impossible(prefer: Preference) -> None:
    assert planned({"a": [pure("a", "1")]}, ["a>1"], prefer) is None
