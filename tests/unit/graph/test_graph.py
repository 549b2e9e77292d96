from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.errors import UsageError
from porter.graph import PortGraph
from porter.model import Plan, State
from unit.graph.plans import artifact, needs, node, plan, tool

TOP, MIDDLE, LEAF = node("top"), node("middle", State.AVAILABLE), node("leaf")
COMPILER, MAKER, OTHER = tool("compiler", State.PORT), tool("maker"), node("other")
GRAPH = PortGraph(
    plan(
        [TOP, MIDDLE, LEAF, OTHER, COMPILER, MAKER],
        [
            *needs(TOP, MIDDLE, COMPILER, MAKER),
            *needs(MIDDLE, LEAF),
            *needs(LEAF, MAKER),
            *needs(COMPILER, MAKER),
        ],
        "top==1",
    )
)


def test_ports_come_after_what_they_need() -> None:
    assert [p.id for p in GRAPH.ports()] == [
        "compiler==1@cp39:build",
        "leaf==1@cp39",
        "other==1@cp39",
        "top==1@cp39",
    ]


def test_needs_reach_through_available_nodes() -> None:
    assert GRAPH.needs(TOP.id) == (COMPILER.id, LEAF.id)
    assert GRAPH.needs(LEAF.id) == ()


def test_a_missing_source_is_needed_too() -> None:
    lost = node("lost", State.NO_SOURCE)
    assert PortGraph(plan([TOP, lost], needs(TOP, lost))).needs(TOP.id) == (lost.id,)


@st.composite
def tangles(draw: st.DrawFn) -> Plan:
    """Packages that may require each other in circles."""
    nodes = [
        node(f"p{number}", draw(st.sampled_from([State.PORT, State.AVAILABLE, State.NO_SOURCE])))
        for number in range(draw(st.integers(1, 6)))
    ]
    pairs = draw(st.sets(st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))))
    return plan(nodes, [edge for one, other in pairs if one != other for edge in needs(one, other)])


@given(tangles())
def test_waiting_for_the_direct_needs_is_waiting_for_all(made: Plan) -> None:
    graph = PortGraph(made)
    waited: dict[str, set[str]] = {}
    for each in graph.order():
        direct = graph.waits_for(each.id)
        waited[each.id] = set(direct).union(*(waited[need] for need in direct))
        without = {need for need in waited[each.id] if graph.node(need).state != State.AVAILABLE}
        assert without == set(graph.needs(each.id))


def test_environment_and_closure() -> None:
    assert GRAPH.build_environment(TOP.id) == (COMPILER, MAKER)
    assert GRAPH.install_closure(TOP.id) == (LEAF, MIDDLE)


def test_cone() -> None:
    assert GRAPH.cone(LEAF.id) == (LEAF.id, MIDDLE.id, TOP.id)
    assert set(GRAPH.cone(MAKER.id)) == {MAKER.id, COMPILER.id, LEAF.id, MIDDLE.id, TOP.id}


def test_why() -> None:
    assert GRAPH.why("Leaf") == ((TOP.id, MIDDLE.id, LEAF.id),)
    assert GRAPH.why("maker")[0] == (TOP.id, MAKER.id)
    assert len(GRAPH.why("maker")) == 3
    assert GRAPH.why("top") == ((TOP.id,),)


def test_why_not() -> None:
    with pytest.raises(UsageError, match="no project nope"):
        GRAPH.why("nope")


def test_packages_that_require_each_other() -> None:
    a, b = node("a"), node("b")
    graph = PortGraph(plan([a, b, TOP], [*needs(a, b), *needs(b, a), *needs(TOP, a)]))
    assert [p.name for p in graph.ports()] == ["a", "b", "top"]
    assert graph.needs(a.id) == ()
    assert graph.needs(b.id) == (a.id,)
    assert graph.needs(TOP.id) == (a.id, b.id)


def test_a_circle_of_build_edges_is_named() -> None:
    a, b = tool("a", State.PORT), tool("b", State.PORT)
    with pytest.raises(UsageError, match=r"a==1@cp39:build → b==1@cp39:build → a==1@cp39:build"):
        PortGraph(plan([a, b], [*needs(a, b), *needs(b, a)]))


def test_order_does_not_hang_on_the_order_of_edges() -> None:
    nodes, edges = list(GRAPH.plan.nodes), list(GRAPH.plan.edges)
    other = PortGraph(plan(nodes[::-1], edges[::-1], "top==1"))
    assert other.order() == GRAPH.order()


LIB = tool("lib", State.PORT)
LIB_THERE = node("lib")


def test_a_port_waits_for_the_target_s_twin_of_what_it_is_built_with() -> None:
    first = node("a")
    graph = PortGraph(plan([first, LIB, LIB_THERE], needs(first, LIB)))
    assert graph.twins(first.id) == {LIB.id: LIB_THERE}
    assert graph.needs(first.id) == (LIB_THERE.id, LIB.id)
    assert graph.build_environment(first.id) == (LIB,)
    assert graph.cone(LIB_THERE.id) == (LIB_THERE.id, first.id)


def test_of_a_pair_for_one_platform_the_second_waits_for_the_first() -> None:
    """It is the same wheel, and found by its key."""
    first, made = node("a"), plan([node("a"), LIB, LIB_THERE], needs(node("a"), LIB))
    itself = replace(made.target, build_arch=made.target.platform.arch)
    graph = PortGraph(replace(made, target=itself))
    assert graph.needs(LIB.id) == (LIB_THERE.id,)
    assert graph.needs(first.id) == (LIB_THERE.id, LIB.id)
    assert PortGraph(made).needs(LIB.id) == ()


def test_what_an_index_has_for_the_target_or_for_all_is_not_waited_for() -> None:
    first = node("a")
    there = replace(LIB, target_wheel=artifact("lib-1-cp39-cp39-manylinux2014_aarch64.whl"))
    for lib in (there, tool("lib")):
        assert not PortGraph(plan([first, lib, LIB_THERE], needs(first, lib))).twins(first.id)


def test_a_twin_that_needs_the_port_is_none() -> None:
    first = node("a")
    edges = [*needs(first, LIB), *needs(LIB_THERE, first)]
    graph = PortGraph(plan([first, LIB, LIB_THERE], edges))
    assert not graph.twins(first.id)
    assert [n.id for n in graph.order()] == [LIB.id, first.id, LIB_THERE.id]
