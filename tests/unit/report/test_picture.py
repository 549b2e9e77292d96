import pytest

from porter.errors import UsageError
from porter.graph import PortGraph
from porter.model import EdgeKind, State
from porter.report import Standing, View, picture
from unit.graph.plans import needs, node, plan, tool

TOP, MIDDLE, LEAF = node("top"), node("middle", State.AVAILABLE), node("leaf")
MAKER, OTHER = tool("maker"), node("other")
GRAPH = PortGraph(
    plan(
        [TOP, MIDDLE, LEAF, OTHER, MAKER],
        [*needs(TOP, MIDDLE, MAKER), *needs(MIDDLE, LEAF), *needs(LEAF, MAKER)],
        "top==1",
    )
)


def ids(*, only: str = "all", around: str | None = None) -> set[str]:
    return {box.name for box in picture(GRAPH, {}, View(only, around), title="t").boxes}


def test_everything() -> None:
    drawn = picture(GRAPH, {}, View(), title="t")
    assert [box.name for box in drawn.boxes].index("top") < [b.name for b in drawn.boxes].index(
        "leaf"
    )
    assert {(line.start, line.end, line.kind) for line in drawn.lines} == {
        (TOP.id, MIDDLE.id, EdgeKind.INSTALL),
        (TOP.id, MAKER.id, EdgeKind.BUILD),
        (MIDDLE.id, LEAF.id, EdgeKind.INSTALL),
        (LEAF.id, MAKER.id, EdgeKind.BUILD),
    }
    assert drawn.counts == {"port": 3, "available": 2}
    assert not drawn.hidden


def test_ports_alone_keep_the_way_through_what_is_folded() -> None:
    drawn = picture(GRAPH, {}, View("ports"), title="t")
    assert {box.name for box in drawn.boxes} == {"top", "leaf", "other"}
    assert [(line.start, line.end) for line in drawn.lines] == [(TOP.id, LEAF.id)]
    details = {box.name: box.detail for box in drawn.boxes}
    assert details["top"] == "cp39 · +2 wheels"
    assert details["leaf"] == "cp39 · +1 wheel"
    assert drawn.hidden == 2


def test_large_graphs_show_ports_alone() -> None:
    wheels = [node(f"wheel{i}", State.AVAILABLE) for i in range(70)]
    graph = PortGraph(plan([TOP, *wheels], needs(TOP, *wheels), "top==1"))
    assert len(picture(graph, {}, View(), title="t").boxes) == 1
    assert len(picture(graph, {}, View("all"), title="t").boxes) == 71


def test_what_was_asked_for_is_shown_though_a_wheel_exists() -> None:
    graph = PortGraph(plan([MIDDLE, LEAF], needs(MIDDLE, LEAF), "middle==1"))
    assert {b.name for b in picture(graph, {}, View("ports"), title="t").boxes} == {
        "middle",
        "leaf",
    }


def test_around() -> None:
    assert ids(around="Leaf") == {"top", "middle", "leaf", "maker"}
    assert ids(around="other") == {"other"}
    assert ids(only="ports", around="middle") == {"top", "leaf"}
    with pytest.raises(UsageError, match="--around nothing"):
        ids(around="nothing")


@pytest.mark.parametrize(
    ("by", "group"), [("python", "cp39"), ("platform", "build platform"), ("state", "available")]
)
def test_groups(by: str, group: str) -> None:
    boxes = picture(GRAPH, {}, View("all", group=by), title="t").boxes
    assert {box.name: box.group for box in boxes}["maker"] == group


def test_the_longest_chain_by_time() -> None:
    standings = {
        TOP.id: Standing("running", 1.0),
        LEAF.id: Standing("built", 75.0),
        OTHER.id: Standing("built", 60.0),
    }
    drawn = picture(GRAPH, standings, View("ports"), title="t")
    assert {box.name for box in drawn.boxes if box.critical} == {"top", "leaf"}
    assert [line.critical for line in drawn.lines] == [True]
    assert {box.name: box.detail for box in drawn.boxes}["leaf"] == "cp39 · 1m15s · +1 wheel"


def test_without_times_no_chain_is_the_longest() -> None:
    assert not any(box.critical for box in picture(GRAPH, {}, View(), title="t").boxes)
