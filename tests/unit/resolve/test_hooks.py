"""What only a build backend can tell."""

from collections.abc import Mapping, Sequence

import pytest

from fakes.hooks import FakeHooks
from fakes.index import FakeFile, FakeIndex, sdist
from porter.errors import EngineError, StepFailed
from porter.model import Interpreter, Node, Plan, Platform
from porter.recipes import Recipes
from porter.resolve import Request, plan
from porter.resolve.hooks import may_ask_for_more
from porter.resolve.source import BuildSystem
from unit.resolve.cases import TOOLS, pure

SPEAKS = {"setup.py": "setup(setup_requires=['helper'])"}
FILES: Mapping[str, Sequence[FakeFile]] = {
    **TOOLS,
    "a": [sdist("a-1.tar.gz", requires=[], files=SPEAKS)],
    "helper": [
        pure("helper", "1", uploaded="2020-01-01"),
        pure("helper", "2", uploaded="2024-01-01"),
    ],
}


def planned(
    hooks: FakeHooks | None, files: Mapping[str, Sequence[FakeFile]] = FILES
) -> tuple[Plan, Node]:
    request = Request(
        requirements=("a",),
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreters=(Interpreter(3, 9),),
    )
    found = plan(request, FakeIndex(files), Recipes(()), notice=lambda _: None, hooks=hooks)
    return found, next(node for node in found.nodes if node.name == "a")


def test_what_a_backend_asks_for_is_planned_as_of_its_era() -> None:
    hooks = FakeHooks({"a": ["helper", "setuptools>=40", "nothing; python_version < '3'"]})
    found, node = planned(hooks)
    assert "helper==1@cp39:build" in {edge.end for edge in found.edges}
    assert node.requires[-1] == "helper"
    assert node.executed == ("get_requires_for_build_wheel",)
    assert node.warnings == ()


def test_it_is_asked_in_the_environment_it_would_have() -> None:
    hooks = FakeHooks({"a": []})
    planned(hooks)
    (question,) = hooks.asked
    assert question.name == "a-1-cp39"
    assert sorted(path.name.partition("-")[0] for path in question.wheels) == [
        "setuptools",
        "wheel",
    ]


def test_what_is_there_already_is_not_asked_for_again() -> None:
    _, node = planned(FakeHooks({"a": ["setuptools"]}))
    assert "setuptools" not in node.requires


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        (None, "there is nothing to run it in"),
        (FakeHooks({"a": StepFailed("it fell over")}), "it fell over"),
        (FakeHooks({"a": EngineError("no engine")}), "no engine"),
        (FakeHooks({"a": ["helper = 1"]}), "asks for 'helper = 1', which cannot be read"),
        (FakeHooks({"a": ["helper @ https://host.example/h.whl"]}), "a URL"),
    ],
)
def test_what_cannot_be_known_is_a_warning(hooks: FakeHooks | None, words: str) -> None:
    _, node = planned(hooks)
    (warning,) = node.warnings
    assert words in warning


def test_an_environment_with_a_port_in_it_has_to_wait() -> None:
    backend = "[build-system]\nrequires = ['helper']\nbuild-backend = 'helper'"
    files = {
        **TOOLS,
        "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": backend})],
        "helper": [sdist("helper-1.tar.gz", requires=[])],
    }
    hooks = FakeHooks({})
    _, node = planned(hooks, files)
    assert node.warnings[0].endswith("helper 1 has to be built first")
    assert hooks.asked == []


def test_nothing_is_run_where_nothing_more_is_asked_for() -> None:
    hooks = FakeHooks({})
    planned(hooks, {**TOOLS, "a": [sdist("a-1.tar.gz", requires=[])]})
    assert hooks.asked == []


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        (BuildSystem(), False),
        (BuildSystem(has_setup_requires=True), True),
        (BuildSystem(backend="flit_core.buildapi", has_setup_requires=True), False),
        (BuildSystem(backend="mesonpy"), True),
        (BuildSystem(backend="setuptools.build_meta", backend_path=(".",)), True),
    ],
)
def test_who_may_ask_for_more(system: BuildSystem, *, expected: bool) -> None:
    assert may_ask_for_more(system) is expected
