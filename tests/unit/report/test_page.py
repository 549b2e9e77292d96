from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porter.graph import PortGraph
from porter.marks import MARKS
from porter.model import State
from porter.report import View, layered, picture, scene
from porter.report.layout import Point
from porter.report.marks import LOOKS
from porter.report.page import Detail, PastRun, Piece, Report, document, page
from porter.report.page.document import _steps
from unit.graph.plans import needs, node, plan, tool

TOP, BAD, MAKER = node("top"), node("bad"), tool("maker")
GRAPH = PortGraph(plan([BAD, MAKER, TOP], [*needs(TOP, BAD), *needs(BAD, MAKER)], "top"))
HOSTILE = "</script><script>alert(1)</script><!-- \x1b]0;x\x07 \u2028 ' \" & \udce9"
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def report(**more: Any) -> Report:
    details = {
        BAD.id: Detail("failed", HOSTILE, phase="build", excerpt=(HOSTILE, "b"), mark=0),
        TOP.id: Detail("blocked", waits=(BAD.id,)),
        MAKER.id: Detail("available"),
    }
    values: dict[str, Any] = {
        "title": HOSTILE,
        "facts": "facts",
        "plan": "graphs/top.json",
        "notes": (HOSTILE,),
        "written": NOON,
        "version": "0",
        "nodes": GRAPH.plan.nodes,
        "details": details,
        "edges": [(TOP.id, BAD.id), (BAD.id, MAKER.id)],
        "pieces": [Piece(BAD.id, 7, "build", 1.0, None)],
        "began": NOON,
        "runs": [PastRun(NOON, 2.0, {"failed": 1})],
        "scenes": {"all": scene(picture(GRAPH, {}, View("all"), title=""), layered)},
    }
    return Report(**{**values, **more})


class Elements(HTMLParser):
    """What a browser would make of the page, as far as scripts go."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[dict[str, str | None]] = []
        self.texts: dict[str, str] = {}
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        if tag == "script":
            self.scripts.append(dict(attrs))
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.setdefault(self._open + str(len(self.scripts)), data)


def read(data: bytes) -> dict[str, Any]:
    text = Elements(data.decode()).texts["script1"]
    found: dict[str, Any] = json.loads(text)
    return found


def test_what_packages_say_stays_text() -> None:
    elements = Elements(page(report()).decode())
    assert elements.scripts == [{"type": "application/json", "id": "data"}, {}]
    assert elements.texts["title0"].startswith("</script><script>alert(1)")


def test_the_policy_lets_only_our_own_script_run() -> None:
    text = page(report()).decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert "http:" not in policy[1]
    # Nothing is fetched: no address but the namespace of SVG.
    assert set(re.findall(r"https?://[\w./]+", text)) == {"http://www.w3.org/2000/svg"}


def test_the_document_says_what_the_report_does() -> None:
    data = read(page(report(), events="events"))
    bad, _maker, top = data["nodes"]
    assert bad["id"] == BAD.id
    assert (bad["state"], bad["phase"], bad["mark"]) == ("failed", "build", 0)
    assert "strategy" not in bad
    assert top["waits"] == [0]
    assert data["edges"] == [[2, 0], [0, 1]]
    assert data["pieces"] == [[7, 0, "build", 1.0, None]]
    assert data["runs"] == [{"started": NOON.isoformat(), "seconds": 2.0, "counts": {"failed": 1}}]
    assert data["events"] == "events"
    assert {box[0] for box in data["scenes"]["all"]["boxes"]} == {0, 1, 2}


@pytest.mark.parametrize("state", list(State))
def test_every_state_has_its_look_and_the_terminal_s_mark(state: State) -> None:
    assert LOOKS[state].sign
    assert MARKS[state].symbol
    signs = [LOOKS[other].sign for other in State]
    assert signs.count(LOOKS[state].sign) == 1


whole = st.integers(-5000, 5000).map(float)


@given(st.lists(st.tuples(whole, whole), min_size=4, max_size=40).filter(lambda p: len(p) % 3 == 1))
def test_steps_lead_along_the_same_line(points: list[Point]) -> None:
    steps = _steps(points)
    places = [(steps[0], steps[1])]
    for dx, dy in zip(steps[2::2], steps[3::2], strict=True):
        places.append((places[-1][0] + dx, places[-1][1] + dy))
    assert (places[0], places[-1]) == (points[0], points[-1])
    assert len(places) % 3 == 1
    assert set(places) <= set(points)
    assert [p for p in places if p[1] != points[0][1]] == [
        p for p in points if p in places and p[1] != points[0][1]
    ] or len(places) < len(points)


def test_straight_lines_through_layers_are_one() -> None:
    straight = [(float(x), 5.0) for x in range(0, 70, 10)]
    assert _steps(straight) == [0, 5, 10, 0, 10, 0, 40, 0]


def test_the_parts_that_a_run_changes_are_apart() -> None:
    made = document(report())
    assert "nodes" not in made.fixed
    assert {**made.whole()}.keys() == {*made.fixed, "nodes", "pieces", "began", "runs"}
