"""Requirements that name a file or a commit by its address."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.hooks import FakeHooks
from fakes.index import FakeFile, FakeIndex, sdist, wheel
from porter.errors import ResolutionError, StepFailed, UsageError
from porter.model import Artifact, EdgeKind, Interpreter, Plan, Platform, State
from porter.recipes import Recipes
from porter.resolve import Request, plan
from unit.resolve.cases import TOOLS, native, pure

CP39, CP311 = Interpreter(3, 9), Interpreter(3, 11)
AT = "https://x.example/d/"
WHEEL = pure("a", "1", "b>=1")
SDIST = sdist("a-2.tar.gz", requires=["b"])
# A commit's tree: no PKG-INFO tells what it is.
TREE = sdist("a-3.tar.gz", files={"PKG-INFO": "", "setup.py": ""})
COMMIT = "c" * 40
REPO = "git+https://x.example/a.git"
FILES: Mapping[str, Sequence[FakeFile]] = {
    **TOOLS,
    "a": [pure("a", "9")],
    "b": [pure("b", "1"), pure("b", "2")],
}


def index(
    direct: Mapping[str, FakeFile], files: Mapping[str, Sequence[FakeFile]] = FILES
) -> FakeIndex:
    return FakeIndex(files, direct=direct, heads={REPO: f"{REPO}@{COMMIT}"})


def planned(
    at: FakeIndex,
    *asked: str,
    pythons: tuple[Interpreter, ...] = (CP39,),
    recipes: Recipes | None = None,
    hooks: FakeHooks | None = None,
    **further: object,
) -> Plan:
    request = Request(
        requirements=asked,
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreters=pythons,
        **further,  # type: ignore[arg-type]  # as the test has them
    )
    chosen = recipes or Recipes(())
    return plan(request, at, chosen, notice=lambda _: None, hooks=hooks)


def targets(found: Plan) -> list[str]:
    return [node.id for node in found.nodes if not node.id.endswith(":build")]


def url(fake: FakeFile) -> str:
    return AT + fake.file.filename


WHEELS = {url(WHEEL): WHEEL}


def test_a_wheel_goes_before_the_index_and_is_locked_with_its_address() -> None:
    at = index(WHEELS)
    found = planned(at, f"a @ {url(WHEEL)}")
    assert targets(found) == ["a==1@cp39", "b==2@cp39"]
    node = found.nodes[0]
    assert node.reason == "wheel at the address given: a-1-py3-none-any.whl"
    assert WHEEL.file.sha256 is not None
    assert node.wheel == Artifact(
        "direct", WHEEL.file.filename, WHEEL.file.sha256, WHEEL.file.size, None, url(WHEEL)
    )
    assert "a" not in at.asked


def test_a_source_is_a_port_of_the_day_of_its_files() -> None:
    found = planned(index({url(SDIST): SDIST}), f"a[x] @ {url(SDIST)}", "a>1")
    node = found.nodes[0]
    assert (node.id, node.state, node.reason) == (
        "a==2@cp39",
        State.PORT,
        "source at the address given",
    )
    assert node.source is not None
    assert node.source.url == url(SDIST)
    assert node.source.upload_time == datetime(2020, 1, 1, tzinfo=UTC)
    assert [e.end for e in found.edges if e.kind is EdgeKind.INSTALL] == ["b==2@cp39"]


def test_a_commit_is_locked_and_its_backend_tells_what_it_is() -> None:
    hooks = FakeHooks({}, {"a": b"Name: a\nVersion: 3\nRequires-Dist: b<2\n"})
    at = index({f"{REPO}@{COMMIT}": TREE})
    found = planned(at, f"a @ {REPO}", hooks=hooks)
    assert targets(found) == ["a==3@cp39", "b==1@cp39"]
    node = found.nodes[0]
    assert node.source is not None
    assert node.source.url == f"{REPO}@{COMMIT}"
    assert node.executed == ("prepare_metadata_for_build_wheel",)
    assert hooks.asked[0].name == "a-cp39"
    assert at.located == [REPO]


def test_a_recipe_for_all_versions_helps_to_find_the_version(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('reason = "x"\n[[release]]\nenv = { V = "3" }\n')
    hooks = FakeHooks({}, {"a": b"Name: a\nVersion: 3\n"})
    at = index({f"{REPO}@{COMMIT}": TREE})
    planned(at, f"a @ {REPO}", hooks=hooks, recipes=Recipes((tmp_path,)))
    assert all(q.recipe is not None and q.recipe.rules.env == {"V": "3"} for q in hooks.asked)


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        (None, "only its build backend can tell its version, and cannot be asked"),
        (FakeHooks({}, {"a": StepFailed("it broke")}), "can tell its version: it broke"),
        (FakeHooks({}, {"a": b"Name: other\nVersion: 3\n"}), "it is other, not a"),
        (FakeHooks({}, {"a": b"Name: a\n"}), "nothing tells its version"),
    ],
)
def test_a_source_that_does_not_tell(hooks: FakeHooks | None, words: str) -> None:
    at = index({f"{REPO}@{COMMIT}": TREE})
    with pytest.raises(ResolutionError, match=words):
        planned(at, f"a @ {REPO}", hooks=hooks)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (f"b @ {url(WHEEL)}", "it is no wheel of b"),
        (f"b @ {url(SDIST)}", "it is a, not b"),
        (f"a @ {AT}gone-1.zip", "there is no file at"),
        (f"a @ {url(WHEEL)}#sha256={'0' * 64}", "not the file that was asked for"),
    ],
)
def test_what_is_not_what_was_asked_for(asked: str, words: str) -> None:
    with pytest.raises(ResolutionError, match=words):
        planned(index({**WHEELS, url(SDIST): SDIST}), asked)


def test_two_addresses_of_one_project() -> None:
    at = index({**WHEELS, url(SDIST): SDIST})
    with pytest.raises(ResolutionError, match="a is asked for at two addresses") as caught:
        planned(at, f"a @ {url(WHEEL)}", f"a @ {url(SDIST)}")
    assert url(SDIST) in caught.value.context
    markers = ("; python_version < '3.10'", "; python_version >= '3.10'")
    asked = [f"a @ {url(f)} {m}" for f, m in zip((WHEEL, SDIST), markers, strict=True)]
    found = planned(at, *asked, pythons=(CP39, CP311))
    assert [n.id for n in found.nodes if n.name == "a"] == ["a==1@cp39", "a==2@cp311"]


def test_an_address_and_a_version_that_disagree() -> None:
    with pytest.raises(ResolutionError, match="no release of a matches a>5"):
        planned(index(WHEELS), f"a @ {url(WHEEL)}", "a>5")


def test_a_constraint_with_an_address_holds_for_who_asks() -> None:
    at = index(WHEELS, {**FILES, "top": [pure("top", "1", "a")]})
    found = planned(at, "top", constraints=(f"a @ {url(WHEEL)}",))
    assert targets(found) == ["a==1@cp39", "b==2@cp39", "top==1@cp39"]
    assert targets(planned(at, "b", constraints=(f"a @ {url(WHEEL)}",))) == ["b==2@cp39"]


FOREIGN = wheel("a-1-cp39-cp39-manylinux2014_x86_64.whl")


def test_a_wheel_for_another_platform_is_refused_unless_a_recipe_has_its_source(
    tmp_path: Path,
) -> None:
    at = index({url(FOREIGN): FOREIGN}, {**FILES, "other": [sdist("other-1.tar.gz")]})
    with pytest.raises(ResolutionError, match="no aarch64 wheel: 1 wheel at the address") as caught:
        planned(at, f"a @ {url(FOREIGN)}")
    assert "a==1 alone" in str(caught.value.hint)
    (tmp_path / "a.toml").write_text('reason = "x"\n[[release]]\nsource = { sdist = "other" }\n')
    found = planned(at, f"a @ {url(FOREIGN)}", recipes=Recipes((tmp_path,)))
    assert found.nodes[0].state is State.PORT
    assert found.nodes[0].source is not None
    assert found.nodes[0].source.filename == "other-1.tar.gz"


def test_an_address_goes_before_the_recipes_source(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('reason = "x"\n[[release]]\nsource = { sdist = "other" }\n')
    at = index({url(SDIST): SDIST})
    found = planned(at, f"a @ {url(SDIST)}", recipes=Recipes((tmp_path,)))
    assert found.nodes[0].source is not None
    assert found.nodes[0].source.url == url(SDIST)


def test_a_package_of_an_index_brings_no_addresses() -> None:
    files = {**FILES, "top": [pure("top", "1", f"a @ {url(WHEEL)}")]}
    with pytest.raises(ResolutionError) as caught:
        planned(index(WHEELS, files), "top")
    assert f"a @ {url(WHEEL)}, an address you did not give" in str(caught.value.context)
    found = planned(index(WHEELS, files), "top", f"a @ {url(WHEEL)}")
    assert targets(found) == ["a==1@cp39", "b==2@cp39", "top==1@cp39"]
    assert f"a @ {url(WHEEL)}" in {edge.requirement for edge in found.edges}


def test_a_package_by_address_brings_its_own() -> None:
    top = pure("top", "1", f"a @ {url(WHEEL)} ; extra == 'x'", extras=["x"])
    at = index({**WHEELS, url(top): top})
    assert targets(planned(at, f"top @ {url(top)}")) == ["top==1@cp39"]
    found = planned(at, f"top[x] @ {url(top)}")
    assert targets(found) == ["a==1@cp39", "b==2@cp39", "top==1@cp39"]


def test_packages_that_ask_for_each_other_by_address() -> None:
    here, there = f"{AT}a-1-py3-none-any.whl", f"{AT}c-1-py3-none-any.whl"
    at = index({here: pure("a", "1", f"c @ {there}"), there: pure("c", "1", "a")})
    assert targets(planned(at, f"a @ {here}")) == ["a==1@cp39", "c==1@cp39"]


@pytest.mark.parametrize("place", ["file:///d/a-1-py3-none-any.whl", "git+file:///d/a", "x:y"])
def test_no_package_leads_to_files_of_this_machine(place: str) -> None:
    top = pure("top", "1", f"a @ {place}")
    at = index({url(top): top})
    with pytest.raises(ResolutionError) as caught:
        planned(at, f"top @ {url(top)}")
    assert "an address you did not give" in str(caught.value.context)
    assert at.located == [url(top)]


def test_build_environments_are_made_of_what_the_indexes_have() -> None:
    tool = pure("setuptools", "99")
    at = index({url(tool): tool, url(SDIST): SDIST})
    found = planned(at, f"setuptools @ {url(tool)}", f"a @ {url(SDIST)}")
    versions = {n.id: n.wheel for n in found.nodes if n.name == "setuptools"}
    assert "setuptools==99@cp39" in versions
    assert "setuptools==99@cp39:build" not in versions


def test_a_day_and_hashes_are_judged_too() -> None:
    found = planned(
        index(WHEELS), f"a @ {url(WHEEL)}", exclude_newer=datetime(2020, 6, 1, tzinfo=UTC)
    )
    assert targets(found) == ["a==1@cp39", "b==2@cp39"]
    asked = f"a @ {url(WHEEL)}"
    with pytest.raises(ResolutionError, match="no release of a"):
        planned(index(WHEELS), asked, hashes={asked: frozenset({"0" * 64})})


def test_the_interpreter_is_the_newest_that_the_file_is_for() -> None:
    compiled = native("a", "1", arch="aarch64")
    found = planned(index({url(compiled): compiled}), f"a @ {url(compiled)}", pythons=())
    assert found.target.interpreters == (CP39,)
    hooks = FakeHooks({}, {"a": b"Name: a\nVersion: 3\n"})
    at = index({f"{REPO}@{COMMIT}": TREE})
    assert planned(at, f"a @ {REPO}", pythons=(), hooks=hooks).target.interpreters > (CP311,)


def test_an_address_of_a_wrong_kind() -> None:
    with pytest.raises(UsageError, match="of a kind porter does not fetch"):
        planned(index({}), "a @ ftp://x.example/a-1.zip")
