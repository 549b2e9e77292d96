import io
import struct
from xml.etree import ElementTree as ET

import networkx as nx
import pytest

from porter.graph import PortGraph
from porter.model import State
from porter.report import (
    Standing,
    View,
    dot,
    graphml,
    layered,
    mermaid,
    picture,
    png,
    scene,
    svg,
)
from porter.report.graphviz import _read
from porter.report.marks import LOOKS
from unit.graph.plans import needs, node, plan, tool

TOP, LEAF, LOST = node("top"), node("leaf"), node("lost", State.NO_SOURCE)
MAKER = tool("maker")
GRAPH = PortGraph(
    plan([TOP, LEAF, LOST, MAKER], [*needs(TOP, LEAF, LOST), *needs(LEAF, MAKER)], "top==1")
)
STANDINGS = {LEAF.id: Standing("failed", 12.0)}
HOSTILE = 'x"]; <script>alert(1)</script>\x1b[31m # `%'
SVG = "{http://www.w3.org/2000/svg}"


def drawn(title: str = "top==1", **view: str) -> bytes:
    return svg(scene(picture(GRAPH, STANDINGS, View(**view), title=title), layered))


def parsed(data: bytes | None = None) -> ET.Element:
    return ET.fromstring(data or drawn())  # noqa: S314  # of our own making


def test_svg_says_each_state_by_class_shape_and_words() -> None:
    root = parsed()
    boxes = [g for g in root.iter(f"{SVG}g") if "box" in g.get("class", "").split()]
    titles = [title.text for g in boxes for title in g.findall(f"{SVG}title")]
    assert "leaf 1 (cp39 · 12s): failed" in titles
    failed = [g for g in boxes if "failed" in g.get("class", "").split()]
    assert all(g.find(f"{SVG}polygon") is not None for g in failed)
    assert len([p for p in root.iter(f"{SVG}path") if "build" in p.get("class", "").split()]) == 2
    words = {text.text for text in root.iter(f"{SVG}text")}
    assert {"top 1", "failed (1)", "no source to build from (1)", "needs to build"} <= words


def test_svg_is_inside_its_frame_in_both_directions() -> None:
    for direction in ("LR", "TB"):
        root = parsed(drawn(direction=direction, group="platform"))
        width, height = float(root.attrib["width"]), float(root.attrib["height"])
        for rect in root.iter(f"{SVG}rect"):
            if "outline" in rect.get("class", ""):
                assert float(rect.attrib["x"]) + float(rect.attrib["width"]) < width
                assert float(rect.attrib["y"]) + float(rect.attrib["height"]) < height


def test_no_name_escapes_into_markup() -> None:
    data = drawn(HOSTILE)
    root = parsed(data)
    assert not list(root.iter(f"{SVG}script"))
    assert b"\x1b" not in data
    assert b"<script" not in data


def test_the_ways_out_are_the_same_in_dark() -> None:
    style = parsed().findtext(f"{SVG}style") or ""
    light, dark = style.split("prefers-color-scheme: dark")
    for state, look in LOOKS.items():
        assert f".{state} .outline {{ fill: {look.light[0]}" in light
        assert f".{state} .outline {{ fill: {look.dark[0]}" in dark


def test_png_has_the_size_of_the_svg_twice() -> None:
    data = drawn()
    image = png(data)
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    root = parsed(data)
    assert struct.unpack(">II", image[16:24]) == (
        2 * int(root.attrib["width"]),
        2 * int(root.attrib["height"]),
    )


def test_mermaid() -> None:
    text = mermaid(picture(GRAPH, STANDINGS, View(group="platform"), title=HOSTILE)).decode()
    assert text.splitlines()[1] == "flowchart LR"
    assert '[["leaf 1<br>cp39 · 12s · failed"]]:::failed' in text
    assert "-.->" in text
    assert 'subgraph g0["' in text
    assert text.count("\n  end") == 2


def test_dot_quotes_what_is_not_ours() -> None:
    text = dot(picture(GRAPH, STANDINGS, View(group="state"), title=HOSTILE)).decode()
    assert 'label="x\\"]; <script>' in text
    assert '"leaf==1@cp39" -> "maker==1@cp39:build" [style=dashed];' in text
    assert "shape=octagon" in text


def test_graphml_is_what_others_read() -> None:
    data = graphml(picture(GRAPH, STANDINGS, View(), title="t"))
    read = nx.read_graphml(io.BytesIO(data))
    assert read.nodes[LEAF.id]["state"] == "failed"
    assert read.edges[LEAF.id, MAKER.id]["kind"] == "build"
    assert set(read.edges) == {(e.start, e.end) for e in GRAPH.plan.edges}


def test_what_dot_answers() -> None:
    answer = (
        "graph 1 2 3\nnode 0 1 0.5 1 1 x\nnode 1 1 2.5 1 1 x\n"
        "edge 0 1 4 1 1 1 1.5 1 1.8 1 2 solid black\nstop\n"
    )
    placed = _read(answer, ["a", "b"])
    assert placed.centers == {"a": (36, 72), "b": (180, 72)}
    assert placed.ways["a", "b"] == ((72, 72), (108, 72), (129.6, 72), (144, 72))
    assert (placed.length, placed.breadth) == (216, 144)
    with pytest.raises(ValueError, match="other boxes"):
        _read("graph 1 2 3\nstop\n", ["a", "b"])
