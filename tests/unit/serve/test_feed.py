from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from porter.report.page import Document
from porter.serve import Feed

START = Document({}, ({"id": "a"}, {"id": "b"}), ((1, 0, "build", 0.0, None),), "t0", ())


def told(feed: Feed, token: str) -> tuple[str, dict[str, Any]]:
    message = feed.message(token)
    assert message is not None
    return message[0], json.loads(message[1])


def started() -> tuple[Feed, str]:
    feed = Feed()
    assert feed.update("plan", START)
    return feed, feed.token


def test_who_is_current_hears_nothing() -> None:
    feed, token = started()
    assert not feed.update("plan", replace(START))
    assert feed.message(token) is None
    assert feed.token == token


def test_only_what_changed_is_told() -> None:
    feed, token = started()
    assert feed.update("plan", replace(START, nodes=(START.nodes[0], {"id": "b", "state": "x"})))
    assert told(feed, token) == (
        "state",
        {"began": "t0", "nodes": [[1, {"id": "b", "state": "x"}]], "pieces": []},
    )


def test_who_missed_something_hears_all_of_it_once() -> None:
    feed, token = started()
    for state in "xyz":
        feed.update("plan", replace(START, nodes=({"id": "a", "state": state}, START.nodes[1])))
    ended = (1, 0, "build", 0.0, 5.0)
    feed.update("plan", replace(START, pieces=(ended,), runs=({"seconds": 1},)))
    _, news = told(feed, token)
    assert news == {
        "began": "t0",
        "nodes": [[0, {"id": "a"}]],
        "pieces": [list(ended)],
        "runs": [{"seconds": 1}],
    }


def test_another_run_begins_its_time_line_anew() -> None:
    feed, token = started()
    feed.update("plan", replace(START, began="t1"))
    assert told(feed, token)[1]["pieces"] == [[1, 0, "build", 0.0, None]]


def test_another_plan_another_server_and_nonsense_mean_a_new_page() -> None:
    feed, token = started()
    feed.update("another plan", START)
    assert told(feed, token) == ("plan", {})
    other, _ = started()
    for strange in (feed.token, "", ".", "x.1", f"{other.token}x", f"{other.token[:-1]}²"):
        assert told(other, strange)[0] == "plan"


documents = st.builds(
    lambda states, pieces, began, runs: Document(
        {},
        tuple({"id": i, "state": state} for i, state in enumerate(states)),
        tuple((number, 0, "build", 0.0, seconds) for number, seconds in enumerate(pieces)),
        began,
        tuple({"seconds": run} for run in runs),
    ),
    st.lists(st.sampled_from("xyz"), min_size=3, max_size=3),
    st.lists(st.sampled_from([None, 1.0, 2.0]), max_size=4),
    st.sampled_from(["t0", "t1"]),
    st.lists(st.integers(0, 3), max_size=2),
)


@given(st.lists(documents, min_size=1, max_size=8), st.data())
def test_who_follows_in_any_rhythm_has_the_newest_document(
    history: list[Document], data: st.DataObject
) -> None:
    feed = Feed()
    feed.update("plan", history[0])
    token, page = feed.token, history[0]
    for document in _as_in_a_run(history):
        feed.update("plan", document)
        if data.draw(st.booleans()) and (message := feed.message(token)):
            token, page = feed.token, _applied(page, json.loads(message[1]))
            assert page == document


def _as_in_a_run(history: list[Document]) -> Iterator[Document]:
    """Pieces are added and completed, not taken back, until another run begins."""
    last, runs = history[0], 0
    for document in history[1:]:
        another = document.began != history[0].began
        runs += another
        kept = () if another else last.pieces
        pieces = document.pieces + kept[len(document.pieces) :]
        last = replace(document, pieces=pieces, began=f"run {runs}" if runs else last.began)
        yield last


def _applied(page: Document, news: dict[str, Any]) -> Document:
    """What the page's script does with a message."""
    nodes = list(page.nodes)
    for index, node in news["nodes"]:
        nodes[index] = node
    known = {piece[0:3:2]: piece for piece in page.pieces} if news["began"] == page.began else {}
    known |= {tuple(piece)[0:3:2]: tuple(piece) for piece in news["pieces"]}
    runs = tuple(news.get("runs", page.runs))
    return Document({}, tuple(nodes), tuple(known.values()), news["began"], runs)
