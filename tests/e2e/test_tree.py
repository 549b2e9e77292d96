"""A real tree of small packages: one fails in the middle, is mended; a run is killed, goes on."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from e2e.command import Porter
from fakes.projects import Project, make_index

pytestmark = pytest.mark.e2e

TREE = {
    "porter-base": Project(),
    "porter-mid": Project(("porter-base",), include='#include "not_there.h"'),
    "porter-top": Project(("porter-mid",)),
    "porter-side": Project(("porter-base",)),
    "porter-all": Project(("porter-top", "porter-side")),
}
MENDED = 'script = [["sed", "-i", "/not_there/d", "porter_mid.c"]]'
SLOW = 'env = { SLOWLY = "60" }'


@pytest.fixture
def words(tmp_path: Path) -> tuple[str, ...]:
    """How the tree is built: its order counts here, not the proof on the target."""
    index = make_index(tmp_path / "index", TREE)
    how = ("--python", "3.9", "--engine", "local", "--strategy", "cross", "--verify", "none")
    return ("build", "porter-all", "--extra-index-url", index, *how)


def _recipe(porter: Porter, line: str, name: str = "porter-mid") -> None:
    folder = porter.workspace / "recipes"
    folder.mkdir(exist_ok=True)
    text = f'reason = "a test"\n[[release]]\nversions = ""\n{line}\n'
    (folder / f"{name}.toml").write_text(text)


def _endings(ports: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {key.partition("==")[0]: port["outcome"] for key, port in ports.items()}


def test_a_failure_in_the_middle_is_mended_and_only_its_cone_runs(
    porter: Porter, words: tuple[str, ...]
) -> None:
    ports = porter.ports(*words, status=1)
    assert _endings(ports) == {
        "porter-base": "built",
        "porter-side": "built",
        "porter-mid": "failed",
        "porter-top": "blocked",
        "porter-all": "blocked",
    }
    assert ports["porter-all==1.0@cp39"]["blocked_by"] == ["porter-mid==1.0@cp39"]
    assert ports["porter-mid==1.0@cp39"]["reason"] == "the header not_there.h is missing"
    _recipe(porter, MENDED)
    assert _endings(porter.ports(*words)) == {
        "porter-base": "cached",
        "porter-side": "cached",
        "porter-mid": "built",
        "porter-top": "built",
        "porter-all": "built",
    }


def test_a_killed_run_goes_on_and_its_state_is_seen_from_another_terminal(
    porter: Porter, words: tuple[str, ...]
) -> None:
    _recipe(porter, SLOW, "porter-side")
    _recipe(porter, MENDED)
    with subprocess.Popen(porter.command(*words, "-j", "1"), stderr=subprocess.DEVNULL) as run:
        try:
            before = _seen(porter, "porter-side", "running")
        finally:
            run.kill()
    built = {name for name, state in before.items() if state == "built"}
    assert "porter-base" in built
    assert _seen(porter, "porter-side", "interrupted") == before | {"porter-side": "interrupted"}
    (porter.workspace / "recipes/porter-side.toml").unlink()
    after = _endings(porter.ports(*words))
    assert after == {name: "cached" if name in built else "built" for name in TREE}


def _seen(porter: Porter, name: str, state: str) -> dict[str, str]:
    """What ``porter status`` says of every port once it says this of one."""
    deadline = time.monotonic() + 60
    states: dict[str, str] = {}
    while states.get(name) != state:
        assert time.monotonic() < deadline, states
        time.sleep(0.3)
        if list((porter.workspace / "graphs").glob("*.json")):
            nodes = porter.json("status")["nodes"]
            states = {node["id"].partition("==")[0]: node["state"] for node in nodes}
    return {name: states[name] for name in TREE}
