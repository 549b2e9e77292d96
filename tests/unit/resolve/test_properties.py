"""Of every generated index: a plan satisfies every requirement, is ordered, and is repeatable."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fakes.index import FakeFile, FakeIndex, sdist, wheel
from porter.errors import ResolutionError
from porter.graph import PortGraph, decode, encode
from porter.model import EdgeKind, Interpreter, Plan, Platform, Side, State
from porter.recipes import Recipes
from porter.resolve import Preference, Request, plan
from unit.resolve.cases import TOOLS

NAMES = "abcdef"
VERSIONS = ("1", "2", "3")
Index = dict[str, list[FakeFile]]


@st.composite
def indexes(draw: st.DrawFn) -> Index:
    """Projects a to f; each release asks only for later letters, so no circles."""
    index: Index = {}
    for place, name in enumerate(NAMES):
        versions = draw(st.sets(st.sampled_from(VERSIONS), min_size=1))
        index[name] = [
            file
            for version in sorted(versions)
            for file in draw(releases(name, version, NAMES[place + 1 :]))
        ]
    return index


@st.composite
def releases(draw: st.DrawFn, name: str, version: str, others: str) -> list[FakeFile]:
    requires = draw(st.lists(requirements(others), max_size=3)) if others else []
    kind = draw(st.sampled_from(["pure", "sdist", "target", "foreign", "both"]))
    wheels = {
        "pure": "py3-none-any",
        "target": "cp39-cp39-manylinux2014_aarch64",
        "foreign": "cp39-cp39-manylinux2014_x86_64",
        "both": "cp39-cp39-win_amd64",
    }
    files = []
    if kind in wheels:
        files.append(wheel(f"{name}-{version}-{wheels[kind]}.whl", requires=requires))
    if kind in ("sdist", "both"):
        files.append(sdist(f"{name}-{version}.tar.gz", requires=requires))
    return files


@st.composite
def requirements(draw: st.DrawFn, names: str) -> str:
    name = draw(st.sampled_from(names))
    operator = draw(st.sampled_from(["", "==", ">=", "<=", "!=", "<", ">"]))
    version = draw(st.sampled_from(VERSIONS)) if operator else ""
    marker = draw(st.sampled_from(["", "", "; python_version < '3'", "; os_name == 'posix'"]))
    return f"{name}{operator}{version}{marker}"


def planned(index: Index, asked: list[str], prefer: Preference = Preference.NEWEST) -> Plan | None:
    request = Request(
        requirements=tuple(asked),
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreters=(Interpreter(3, 9),),
        prefer=prefer,
    )
    try:
        client = FakeIndex({**TOOLS, **index})
        return plan(request, client, Recipes(()), notice=lambda _: None)
    except ResolutionError:
        return None


@settings(max_examples=120, deadline=None)
@given(indexes(), st.lists(requirements("abc"), min_size=1, max_size=3))
def test_a_plan_holds_what_it_says(index: Index, asked: list[str]) -> None:
    found = planned(index, asked)
    if found is None:
        return
    nodes = {node.id: node for node in found.nodes}
    pins = {node.name: node for node in found.nodes if node.side is Side.TARGET}
    for text in asked:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": "3.9"}):
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)].version)
    for edge in found.edges:
        requirement = Requirement(edge.requirement)
        assert requirement.specifier.contains(nodes[edge.end].version)
        assert canonicalize_name(requirement.name) == nodes[edge.end].name
        assert (nodes[edge.end].side is Side.BUILD) == (edge.kind is EdgeKind.BUILD)
    for node in found.nodes:
        assert (node.wheel is not None) == (node.state is State.AVAILABLE)
        assert (node.source is not None) == (node.state is State.PORT)
    assert encode(decode(encode(found))) == encode(found)
    assert decode(encode(found)) == found
    order = {node.id: place for place, node in enumerate(PortGraph(found).order())}
    assert all(order[edge.end] < order[edge.start] for edge in found.edges)


@settings(max_examples=30, deadline=None)
@given(indexes(), st.lists(requirements("abc"), min_size=1, max_size=3), st.randoms())
def test_same_index_same_bytes(index: Index, asked: list[str], random: Random) -> None:
    first = planned(index, asked)
    shuffled = {name: random.sample(files, len(files)) for name, files in index.items()}
    second = planned(shuffled, asked)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert encode(first) == encode(second)
