"""What only a build backend can tell."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fakes.hooks import FakeHooks
from fakes.index import FakeFile, FakeIndex, sdist
from porter.errors import EngineError, StepFailed
from porter.model import Interpreter, Node, Plan, Platform, Side
from porter.recipes import Recipes
from porter.resolve import Preference, Request, plan
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
    hooks: FakeHooks | None,
    files: Mapping[str, Sequence[FakeFile]] = FILES,
    prefer: Preference = Preference.NEWEST,
    recipes: Recipes | None = None,
) -> tuple[Plan, Node]:
    request = Request(
        requirements=("a",),
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreters=(Interpreter(3, 9),),
        prefer=prefer,
    )
    recipes = recipes or Recipes(())
    found = plan(request, FakeIndex(files), recipes, notice=lambda _: None, hooks=hooks)
    return found, next(node for node in found.nodes if node.name == "a")


def test_what_a_backend_asks_for_is_planned_as_of_its_era() -> None:
    hooks = FakeHooks({"a": ["helper", "setuptools>=40", "nothing; python_version < '3'"]})
    found, node = planned(hooks)
    assert "helper==1@cp39:build" in {edge.end for edge in found.edges}
    assert node.requires[-1] == "helper"
    assert node.executed == ("get_requires_for_build_wheel",)
    assert node.warnings == ()


def test_it_is_not_asked_where_a_recipe_tells_all(tmp_path: Path) -> None:
    told = "[[release]]\nbuild-requires.complete = true\nbuild-requires.add = ['helper']\n"
    (tmp_path / "a.toml").write_text(f"reason = 'all is said here'\n{told}")
    hooks = FakeHooks({"a": StepFailed("it was run")})
    found, node = planned(hooks, recipes=Recipes((tmp_path,)))
    assert "helper==1@cp39:build" in {edge.end for edge in found.edges}
    assert (node.executed, node.warnings, hooks.asked) == ((), (), [])


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


def test_what_is_built_for_the_build_is_asked_as_the_build_platform() -> None:
    table = "[build-system]\nrequires = ['setuptools', 'tool']"
    files = {
        **FILES,
        "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": table})],
        "tool": [sdist("tool-1.tar.gz", requires=[], files=SPEAKS)],
    }
    asked = ["helper==1; platform_machine == 'x86_64'", "helper==2; platform_machine == 'aarch64'"]
    found, _ = planned(FakeHooks({"tool": asked}), files)
    helpers = {edge.end for edge in found.edges if edge.end.startswith("helper")}
    assert helpers == {"helper==1@cp39:build"}


SCM = [
    pure("scm", "4", "toml; extra == 'toml'", "scm[toml]; extra == 'all'", extras=["toml", "all"])
]


@pytest.mark.parametrize(
    ("asked", "stated", "added"),
    [
        ("scm[toml]", "['setuptools', 'scm']", ("scm[toml]",)),
        ("scm[all]", "['setuptools', 'scm']", ("scm[all]",)),
        ("scm[all]", "['setuptools', 'scm', 'toml']", ()),
        ("scm[none]", "['setuptools', 'scm']", ()),
    ],
)
def test_what_is_there_without_its_extra_is_asked_for(
    asked: str, stated: str, added: tuple[str, ...]
) -> None:
    table = f"[build-system]\nrequires = {stated}"
    source = sdist("a-1.tar.gz", requires=[], files={**SPEAKS, "pyproject.toml": table})
    files = {**TOOLS, "a": [source], "scm": SCM, "toml": [pure("toml", "1")]}
    found, node = planned(FakeHooks({"a": [asked]}), files)
    assert node.requires[len(stated.split(",")) :] == added
    assert "toml==1@cp39:build" in {each.id for each in found.nodes} or "none" in asked


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
    assert words in node.warnings[0]


@pytest.mark.parametrize("hooks", [None, FakeHooks({"a": StepFailed("did not find HDF5 headers")})])
def test_what_is_written_counts_where_nobody_can_be_asked(hooks: FakeHooks | None) -> None:
    found, node = planned(hooks)
    assert "helper==1@cp39:build" in {edge.end for edge in found.edges}
    assert node.requires[-1] == "helper"
    assert node.warnings[1:] == ("its setup_requires are taken as they are written: helper",)


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


UNTOLD: Mapping[str, Sequence[FakeFile]] = {
    **TOOLS,
    "a": [sdist("a-1.tar.gz", requires=None)],
    "b": [pure("b", "1"), pure("b", "2")],
}
WRITTEN = b"Metadata-Version: 2.1\nName: a\nVersion: 1\nRequires-Dist: b<2\n"


def test_requirements_that_no_file_tells_are_had_by_the_metadata_hook() -> None:
    hooks = FakeHooks({}, {"a": WRITTEN})
    found, node = planned(hooks, UNTOLD)
    assert "b==1@cp39" in {node.id for node in found.nodes}
    assert node.executed == ("prepare_metadata_for_build_wheel",)
    assert node.warnings == ()
    assert len(hooks.asked) == 1


def test_the_metadata_hook_runs_in_the_environment_the_backend_asked_for() -> None:
    source = sdist("a-1.tar.gz", requires=None, files=SPEAKS)
    hooks = FakeHooks({"a": ["helper"]}, {"a": WRITTEN})
    _, node = planned(hooks, {**UNTOLD, "a": [source], "helper": FILES["helper"]})
    assert "helper-1-py3-none-any.whl" in {path.name for path in hooks.asked[1].wheels}
    assert node.executed == ("prepare_metadata_for_build_wheel", "get_requires_for_build_wheel")


def test_a_metadata_hook_that_fails_is_a_warning() -> None:
    hooks = FakeHooks({}, {"a": StepFailed("it fell over")})
    found, node = planned(hooks, UNTOLD)
    assert [n.name for n in found.nodes if n.side is Side.TARGET] == ["a"]
    assert node.warnings == (
        "its requirements cannot be read without running it; taken as none",
        "its metadata hook could not be run: it fell over",
    )
    assert node.executed == ()


def test_nothing_is_run_to_weigh_what_would_be_cheaper() -> None:
    old = sdist("a-0.5.tar.gz", requires=None)
    files = {**UNTOLD, "a": [sdist("a-1.tar.gz", requires=["c"]), old]}
    files["c"] = [sdist("c-1.tar.gz", requires=[])]
    hooks = FakeHooks({}, {})
    _, node = planned(hooks, files, Preference.PORTED)
    assert str(node.version) == "1"
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
