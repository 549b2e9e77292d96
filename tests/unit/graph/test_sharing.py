import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from porter.graph import alike, decode, encode
from porter.graph.sharing import file_of
from porter.model import INTERPRETERS, Interpreter, Node, Side, State
from unit.graph.plans import artifact, node, plan

CP39, CP311 = Interpreter(3, 9), Interpreter(3, 11)
PURE = node("pure", State.AVAILABLE)
PORT = node("port")


def on(interpreter: Interpreter, of: Node) -> Node:
    return replace(of, interpreter=interpreter)


def ids(*nodes: Node) -> list[list[str]]:
    return [[each.id for each in group] for group in alike(nodes)]


def test_one_file_for_several_interpreters() -> None:
    assert ids(PURE, PORT, on(CP311, PORT), on(CP311, PURE)) == [
        ["pure==1@cp39", "pure==1@cp311"],
        ["port==1@cp39", "port==1@cp311"],
    ]


def test_what_is_not_alike() -> None:
    other = replace(on(CP311, PURE), wheel=artifact("pure-1-cp311-cp311-x.whl"))
    ready = replace(on(CP311, PORT), state=State.AVAILABLE, wheel=artifact("port-1.whl"))
    tool = replace(on(CP311, PURE), side=Side.BUILD)
    lost = node("lost", State.NO_SOURCE)
    nodes = (PURE, other, PORT, ready, tool, lost, on(CP311, lost))
    assert [len(group) for group in alike(nodes)] == [1] * len(nodes)


def test_the_plan_names_the_others() -> None:
    both = plan([PURE, on(CP311, PURE), PORT], [])
    first, second, port = json.loads(encode(both))["nodes"]
    assert (first["shared"], second["shared"]) == (["cp311"], ["cp39"])
    assert "shared" not in port
    assert decode(encode(both)) == both


NODES = st.lists(
    st.builds(
        lambda of, interpreter, side: replace(of, interpreter=interpreter, side=side),
        st.sampled_from([PURE, PORT, node("lost", State.NO_SOURCE)]),
        st.sampled_from(INTERPRETERS),
        st.sampled_from(list(Side)),
    ),
    unique_by=lambda each: each.id,
)


@given(NODES)
def test_each_node_is_in_one_group_of_one_file(nodes: list[Node]) -> None:
    groups = alike(nodes)
    assert sorted(each.id for group in groups for each in group) == sorted(n.id for n in nodes)
    for group in groups:
        assert len({(n.name, n.version, n.side, file_of(n)) for n in group}) == 1
        assert len({n.interpreter for n in group}) == len(group)
