"""Plans as hypothesis makes them."""

from __future__ import annotations

from hypothesis import strategies as st

from porter.model import Edge, Node, Plan, State
from unit.graph.plans import needs, node, plan, tool

STATES = [State.PORT, State.PORT, State.AVAILABLE, State.NO_SOURCE]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Up to eight packages; each may need earlier ones, to run or to be built."""
    nodes: list[Node] = []
    edges: list[Edge] = []
    for number in range(draw(st.integers(1, 8))):
        make = draw(st.sampled_from([node, tool]))
        made = make(f"p{number}", draw(st.sampled_from(STATES)))
        if nodes:
            edges += needs(made, *draw(st.lists(st.sampled_from(nodes), unique_by=id)))
        nodes.append(made)
    return plan(nodes, edges, "p0")
