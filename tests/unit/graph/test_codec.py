import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from porter.errors import UsageError
from porter.graph import decode, encode
from porter.model import ARCHITECTURES, State
from unit.graph.plans import artifact, needs, node, plan, tool

TOP, MAKER = node("top"), replace(tool("maker"), target_wheel=artifact("maker-1-cp39.whl"))
PLAN = plan(
    [
        replace(
            TOP, requires=("maker",), executed=("hook",), obstacle="none\nat all", warnings=("old",)
        ),
        MAKER,
    ],
    needs(TOP, MAKER),
    "top",
)


def test_round_trip() -> None:
    assert decode(encode(PLAN)) == PLAN


def test_how_it_was_chosen_comes_back() -> None:
    target = replace(
        PLAN.target,
        constraints=("a<2",),
        exclude_newer=datetime(2020, 6, 4, tzinfo=UTC),
        from_source=("b",),
        prefer="ported",
        prereleases=True,
        wheels_only=("c",),
        build_arch=ARCHITECTURES["s390x"],
    )
    chosen = replace(PLAN, target=target)
    assert decode(encode(chosen)) == chosen


@pytest.mark.parametrize(
    "url", ["https://x.example/top-1.tar.gz?key=1", f"git+https://x.example/top@{'c' * 40}"]
)
def test_an_address_comes_back(url: str) -> None:
    direct = replace(TOP, source=replace(artifact("top-1.tar.gz"), index="direct", url=url))
    document = json.loads(encode(plan([direct], [])))
    assert document["nodes"][0]["source"]["url"] == url
    assert decode(json.dumps(document).encode()).nodes == (direct,)


def test_the_contracts_keys() -> None:
    document = json.loads(encode(PLAN))
    assert list(document) == ["schema", "target", "nodes", "edges"]
    assert document["target"] == {
        "requirements": ["top"],
        "arch": "aarch64",
        "policy": "manylinux2014",
        "pythons": ["cp39"],
        "notes": [],
    }
    top, maker = document["nodes"]
    assert top["platform"] == "target"
    assert maker["platform"] == "build"
    assert top["source"]["upload_time"] == "2020-06-04T01:02:03.000004+00:00"
    assert top["wheel"] is None
    assert document["edges"] == [
        {"from": TOP.id, "to": MAKER.id, "kind": "build", "requirement": "maker>=1"}
    ]


def test_after_a_run() -> None:
    built = plan([node("top", State.BUILT)], [])
    assert decode(encode(built)) == built


def test_unknown_keys_are_left_alone() -> None:
    document = json.loads(encode(PLAN))
    document["new"] = document["nodes"][0]["new"] = 1
    assert decode(json.dumps(document).encode()) == PLAN


def set_at(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for key in path[:-1]:
            document = document[key]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (set_at("schema", value=2), "schema: 2 is not 1"),
        (set_at("nodes", value=None), "nodes: not a list"),
        (set_at("target", value=None), "target"),
        (set_at("target", "arch", value="vax"), "unknown architecture"),
        (set_at("target", "policy", value="x"), "unknown policy"),
        (set_at("target", "pythons", value=["cp27"]), "unknown Python"),
        (set_at("nodes", 1, "state", value="lost"), "nodes[1].state"),
        (set_at("nodes", 0, "version", value="one"), "nodes[0]"),
        (set_at("nodes", 0, "version", value="1" * 5000), "nodes[0]"),
        (set_at("nodes", 0, "python", value="pp39"), "nodes[0]"),
        (set_at("nodes", 0, "name", value="../top"), "not a normalized project name"),
        (set_at("nodes", 0, "id", value="other"), "nodes[0].id"),
        (set_at("nodes", 0, "source", "filename", value="../x"), "not a plain file name"),
        (set_at("nodes", 0, "source", "filename", value="/x"), "not a plain file name"),
        (set_at("nodes", 0, "source", "sha256", value="abc"), "nodes[0].source.sha256"),
        (set_at("nodes", 0, "source", "size", value="7"), "nodes[0].source.size"),
        (set_at("nodes", 0, "source", "upload_time", value="now"), "not a time"),
        (set_at("nodes", 0, "source", "upload_time", value="2020-01-01"), "no time zone"),
        (set_at("nodes", 0, "source", "url", value="ftp://x.example/a.zip"), "source.url"),
        (
            set_at("nodes", 0, "source", "url", value="https://me:pw@x.example/a-1.zip"),
            "not an address as porter writes it",
        ),
        (
            set_at("nodes", 0, "source", "url", value="git+https://x.example/a@main"),
            "without the full hash of a commit",
        ),
        (set_at("edges", 0, "to", value="gone"), "no node has the id 'gone'"),
        (set_at("edges", 0, "kind", value="test"), "edges[0].kind"),
        (lambda d: d["nodes"].append(d["nodes"][0]), "two nodes have the same id"),
    ],
)
def test_a_wrong_file_is_told_where(change: Callable[[Any], None], words: str) -> None:
    document = json.loads(encode(PLAN))
    change(document)
    with pytest.raises(UsageError) as caught:
        decode(json.dumps(document).encode(), "graphs/top.json")
    assert caught.value.message.startswith("graphs/top.json: ")
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (encode(PLAN)[:200], "line 16, column 24: not valid JSON"),
        (b"", "line 1, column 1"),
        (b"[]", "no JSON object"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"schema": %b}' % (b"1" * 5000), "not valid JSON"),
        (b"{}", "schema: None is not 1"),
    ],
)
def test_no_graph_at_all(data: bytes, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode(data)
    assert words in caught.value.message
