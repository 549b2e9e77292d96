from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from fakes.index import FakeFile, FakeIndex, sdist, wheel
from porter.errors import IndexUnavailable, ResolutionError, UsageError
from porter.model import EdgeKind, Interpreter, Node, Plan, Platform, State
from porter.recipes import Recipes
from porter.resolve import Request, plan
from unit.resolve.cases import TOOLS, native, pure

AARCH64 = Platform.parse("aarch64", "manylinux2014")
CP37, CP39, CP311 = Interpreter(3, 7), Interpreter(3, 9), Interpreter(3, 11)

NUMPY: Mapping[str, Sequence[FakeFile]] = {
    "numpy": [
        wheel("numpy-1.18.5-cp37-cp37m-manylinux1_x86_64.whl"),
        wheel("numpy-1.18.5-cp37-cp37m-win_amd64.whl"),
        sdist(
            "numpy-1.18.5.zip",
            uploaded="2020-06-04",
            files={"pyproject.toml": "[build-system]\nrequires = ['setuptools', 'Cython>=0.29']"},
        ),
    ],
    "setuptools": [
        pure("setuptools", "47.3.1", uploaded="2020-06-01"),
        pure("setuptools", "49.3", uploaded="2020-09-01"),
        pure("setuptools", "80.0", uploaded="2025-05-01"),
    ],
    "wheel": [pure("wheel", "0.34.2")],
    "cython": [
        wheel("Cython-0.29.20-cp39-cp39-manylinux1_x86_64.whl"),
        wheel("Cython-0.29.20-cp39-cp39-manylinux2014_aarch64.whl"),
    ],
}


def planned(
    index: Mapping[str, Sequence[FakeFile]] | FakeIndex,
    *asked: str,
    pythons: tuple[Interpreter, ...] = (CP39,),
    recipes: Recipes | None = None,
    **further: object,
) -> Plan:
    client = index if isinstance(index, FakeIndex) else FakeIndex(index)
    request = Request(requirements=asked, platform=AARCH64, interpreters=pythons, **further)  # type: ignore[arg-type]
    return plan(request, client, recipes or Recipes(()), notice=lambda _: None)


def node(found: Plan, node_id: str) -> Node:
    return next(node for node in found.nodes if node.id == node_id)


def ids(found: Plan) -> list[str]:
    return [node.id for node in found.nodes]


def write(folder: Path, name: str, text: str) -> Recipes:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(f'reason = "a test"\n{text}')
    return Recipes((folder,))


def test_a_port_is_locked_with_its_build_environment_of_the_era() -> None:
    found = planned(NUMPY, "numpy==1.18.5")
    assert ids(found) == [
        "numpy==1.18.5@cp39",
        "cython==0.29.20@cp39:build",
        "setuptools==49.3@cp39:build",
        "wheel==0.34.2@cp39:build",
    ]
    numpy = node(found, "numpy==1.18.5@cp39")
    assert numpy.state is State.PORT
    assert numpy.source is not None
    assert numpy.source.filename == "numpy-1.18.5.zip"
    assert numpy.requires == ("setuptools", "Cython>=0.29")
    assert numpy.reason == "no aarch64 wheel: 2 wheels on the index, for win and x86_64 linux"
    assert [(e.end, e.kind, e.requirement) for e in found.edges] == [
        ("cython==0.29.20@cp39:build", EdgeKind.BUILD, "Cython>=0.29"),
        ("setuptools==49.3@cp39:build", EdgeKind.BUILD, "setuptools"),
        ("wheel==0.34.2@cp39:build", EdgeKind.BUILD, "wheel"),
    ]


def test_the_interpreters_birthday_moves_the_era() -> None:
    assert "setuptools==47.3.1@cp37:build" in ids(planned(NUMPY, "numpy", pythons=(CP37,)))


def test_a_build_node_knows_the_targets_wheel_too() -> None:
    found = planned(NUMPY, "numpy")
    cython = node(found, "cython==0.29.20@cp39:build")
    assert cython.wheel is not None
    assert cython.target_wheel is not None
    assert cython.wheel.filename.endswith("manylinux1_x86_64.whl")
    assert cython.target_wheel.filename.endswith("manylinux2014_aarch64.whl")
    assert node(found, "wheel==0.34.2@cp39:build").target_wheel is None


def test_a_recipe_caps_replaces_and_adds(tmp_path: Path) -> None:
    recipes = write(
        tmp_path / "recipes",
        "numpy",
        '[[release]]\nversions = "<1.20"\n[release.build-requires]\nadd = ["extra>=1"]\n'
        'replace = { Cython = "" }\ncap = { setuptools = "<49" }\n',
    )
    found = planned({**NUMPY, "extra": [pure("extra", "1")]}, "numpy", recipes=recipes)
    assert ids(found)[1:] == [
        "extra==1@cp39:build",
        "setuptools==47.3.1@cp39:build",
        "wheel==0.34.2@cp39:build",
    ]
    assert node(found, "numpy==1.18.5@cp39").recipe == "numpy"


def test_the_era_falls_forward_with_a_warning() -> None:
    index = {
        "a": [sdist("a-1.tar.gz", requires=[], uploaded="2019-01-01")],
        "setuptools": [pure("setuptools", "80", uploaded="2025-05-01")],
        "wheel": [pure("wheel", "0.45", uploaded="2025-05-01")],
    }
    (warning,) = node(planned(index, "a"), "a==1@cp39").warnings
    # The first of the later days, half a year apart, on which both are there.
    assert warning == "no build environment as of 2020-11-04; taken as of 2025-10-09"


def test_what_only_the_present_has_is_taken_from_it() -> None:
    index = {
        "a": [sdist("a-1.tar.gz", requires=[], uploaded="2019-01-01")],
        "setuptools": [pure("setuptools", "80", uploaded="2045-05-01")],
        "wheel": [pure("wheel", "0.45", uploaded="2025-05-01")],
    }
    (warning,) = node(planned(index, "a"), "a==1@cp39").warnings
    assert warning == "no build environment as of 2020-11-04; taken as of the present"


BUILT_AGAINST = {
    "a": [
        sdist(
            "a-1.tar.gz",
            requires=["lib"],
            uploaded="2019-01-01",
            files={"pyproject.toml": "[build-system]\nrequires = ['setuptools', 'lib']"},
        )
    ],
    "lib": [
        pure("lib", "1.1", uploaded="2019-01-01"),
        pure("lib", "1.9", uploaded="2024-01-01"),
        pure("lib", "2.0", uploaded="2025-01-01"),
    ],
    **TOOLS,
}


def test_what_a_port_is_built_against_and_what_it_meets_go_together(tmp_path: Path) -> None:
    recipes = write(tmp_path / "recipes", "lib", 'abi-breaks = ["2"]')
    found = planned(BUILT_AGAINST, "a", recipes=recipes)
    assert [i for i in ids(found) if i.startswith("lib")] == [
        "lib==1.9@cp39",
        "lib==1.1@cp39:build",
    ]
    (note,) = found.target.notes
    assert note == (
        "lib <2 for cp39: a is built against an earlier one, which later ones do not run"
    )


def test_where_only_a_later_one_will_do_the_port_says_so(tmp_path: Path) -> None:
    recipes = write(tmp_path / "recipes", "lib", 'abi-breaks = ["2"]')
    found = planned(BUILT_AGAINST, "a", "lib==2", recipes=recipes)
    (warning,) = node(found, "a==1@cp39").warnings
    assert warning == "may not run with lib 2.0, but with <2"


def test_a_recipe_limits_what_a_port_meets(tmp_path: Path) -> None:
    capped = '[[release]]\nrequires.cap = { Lib = "<1.5" }'
    found = planned(BUILT_AGAINST, "a", recipes=write(tmp_path / "recipes", "a", capped))
    assert "lib==1.1@cp39" in ids(found)
    assert found.target.notes == ("lib <1.5 for cp39: the recipe of a says so",)
    pure_wheel = {**BUILT_AGAINST, "a": [pure("a", "1", "lib")]}
    recipes = write(tmp_path / "recipes", "a", capped)
    assert "lib==2.0@cp39" in ids(planned(pure_wheel, "a", recipes=recipes))


def test_without_such_a_recipe_the_newest_is_taken() -> None:
    assert "lib==2.0@cp39" in ids(planned(BUILT_AGAINST, "a"))


def test_the_nearest_interpreter_s_wheel_tells_the_requirements() -> None:
    index = {
        "a": [
            wheel("a-1-cp27-cp27mu-manylinux1_x86_64.whl", requires=["old"]),
            wheel("a-1-cp36-cp36m-manylinux1_x86_64.whl", requires=["older"]),
            wheel("a-1-cp38-cp38-win_amd64.whl", requires=["new"]),
            sdist("a-1.tar.gz"),
        ],
        "new": [pure("new", "1")],
        **TOOLS,
    }
    assert "new==1@cp39" in ids(planned(index, "a"))


def test_a_build_requirement_without_a_wheel_is_a_port_itself() -> None:
    backend = "[build-system]\nrequires = ['tool']\nbuild-backend = 'tool'"
    index = {
        "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": backend})],
        "tool": [sdist("tool-2.tar.gz", requires=["dep"])],
        "dep": [pure("dep", "1")],
        **TOOLS,
    }
    found = planned(index, "a")
    tool = node(found, "tool==2@cp39:build")
    assert (tool.state, tool.reason) == (State.PORT, "sdist only: no wheel on the index")
    pairs = {(edge.start, edge.end) for edge in found.edges}
    assert ("a==1@cp39", "dep==1@cp39:build") in pairs
    assert ("tool==2@cp39:build", "setuptools==50.0@cp39:build") in pairs


def test_a_build_environment_prefers_wheels_to_newer_sdists() -> None:
    index = {
        "a": [sdist("a-1.tar.gz", requires=[])],
        **TOOLS,
        "wheel": [pure("wheel", "0.34"), sdist("wheel-0.36.tar.gz", requires=[])],
    }
    assert "wheel==0.34@cp39:build" in ids(planned(index, "a"))


def test_a_circle_of_build_requirements_is_broken_with_a_wheel() -> None:
    backend = "[build-system]\nrequires = ['tool']\nbuild-backend = 'tool'"
    index = {
        "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": backend})],
        "tool": [
            sdist("tool-2.tar.gz", requires=[], files={"pyproject.toml": backend}),
            wheel("tool-3-py3-none-any.whl", uploaded="2024-01-01"),
        ],
    }
    found = planned(index, "a")
    assert ("tool==2@cp39:build", "tool==3@cp39:build") in {(e.start, e.end) for e in found.edges}


def test_a_circle_without_a_wheel_is_named() -> None:
    backend = "[build-system]\nrequires = ['tool']\nbuild-backend = 'tool'"
    index = {
        "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": backend})],
        "tool": [sdist("tool-2.tar.gz", requires=[], files={"pyproject.toml": backend})],
    }
    with pytest.raises(ResolutionError, match=r"circle \(tool 2 → tool 2\)"):
        planned(index, "a")


def test_build_requirements_that_cannot_be_met_name_the_port() -> None:
    backend = "[build-system]\nrequires = ['setuptools>90']"
    index = {**TOOLS, "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": backend})]}
    with pytest.raises(ResolutionError, match="no build environment for a 1") as caught:
        planned(index, "a")
    assert "recipes/a.toml" in (caught.value.hint or "")


def test_a_source_that_cannot_be_had_is_a_warning_of_its_node() -> None:
    index = FakeIndex({**TOOLS, "a": [sdist("a-1.tar.gz", requires=[])]}, tampered=["a-1.tar.gz"])
    warnings = node(planned(index, "a"), "a==1@cp39").warnings
    assert warnings[0].startswith("build requirements unknown: a-1.tar.gz: the hash differs")


def test_unreadable_requirements_are_a_warning_of_their_node() -> None:
    index = {**TOOLS, "a": [sdist("a-1.tar.gz", requires=None)]}
    (warning,) = node(planned(index, "a"), "a==1@cp39").warnings
    assert "cannot be read without running it" in warning


def test_from_source() -> None:
    index = {**TOOLS, "a": [native("a", "1"), sdist("a-1.tar.gz", requires=[])]}
    assert node(planned(index, "a"), "a==1@cp39").state is State.AVAILABLE
    asked = planned(index, "a", from_source=frozenset({"a"}))
    assert node(asked, "a==1@cp39").state is State.PORT
    assert node(asked, "setuptools==50.0@cp39:build").state is State.AVAILABLE
    everything = planned(index, "a", from_source=frozenset({":all:"}))
    assert node(everything, "a==1@cp39").state is State.PORT


def test_several_interpreters_make_one_plan() -> None:
    index = {**TOOLS, "a": [native("a", "1"), sdist("a-1.tar.gz", requires=[])]}
    found = planned(index, "a", pythons=(CP311, CP39))
    assert node(found, "a==1@cp39").state is State.AVAILABLE
    assert node(found, "a==1@cp311").reason == (
        "no cp311 wheel for aarch64: 1 wheel on the index, those for aarch64 are for cp39"
    )
    assert found.target.interpreters == (CP39, CP311)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([native("a", "1", "cp37-cp37m", "x86_64"), native("a", "1", "cp36-cp36m")], CP37),
        ([native("a", "1", "cp39-abi3")], Interpreter(3, 14)),
        ([pure("a", "1", requires_python=">=3.6,<3.12")], CP311),
        ([pure("a", "1"), native("a", "0.9", "cp37-cp37m")], Interpreter(3, 14)),
    ],
)
def test_the_newest_interpreter_supported(files: list[FakeFile], expected: Interpreter) -> None:
    assert planned({"a": files}, "a", pythons=()).target.interpreters == (expected,)


def test_no_interpreter_for_all() -> None:
    index = {"a": [native("a", "1", "cp37-cp37m")], "b": [native("b", "1")]}
    with pytest.raises(UsageError, match="no Python") as caught:
        planned(index, "a", "b", pythons=())
    assert caught.value.context == "a: 3.7\nb: 3.9"


def test_the_recipes_interpreter(tmp_path: Path) -> None:
    recipes = write(tmp_path / "recipes", "a", 'default-python = "3.9"\n')
    found = planned({"a": [pure("a", "1")]}, "a", pythons=(), recipes=recipes)
    assert found.target.interpreters == (CP39,)


def test_an_alias_is_taken_and_told(tmp_path: Path) -> None:
    recipes = write(
        tmp_path / "recipes", "a", '[alias."1.5.15"]\nversion = "1.15.5"\nreason = "a slip"\n'
    )
    told: list[str] = []
    request = Request(requirements=("a==1.5.15",), platform=AARCH64, interpreters=(CP39,))
    index = FakeIndex({"a": [pure("a", "1.15.5")]})
    found = plan(request, index, recipes, notice=told.append)
    assert ids(found) == ["a==1.15.5@cp39"]
    note = "a 1.5.15 was never released; taken as 1.15.5 (recipe a): a slip"
    assert found.target.notes == (note,)
    assert told == [note]
    assert found.target.requirements == ("a==1.5.15",)


def test_an_alias_does_not_hide_a_release(tmp_path: Path) -> None:
    recipes = write(tmp_path / "recipes", "a", '[alias."1"]\nversion = "2"\nreason = "no"\n')
    assert ids(planned({"a": [pure("a", "1")]}, "a==1", recipes=recipes)) == ["a==1@cp39"]


def test_the_nearest_versions_include_those_spelled_alike() -> None:
    versions = ["1.4.0", "1.5.0", "1.5.1", "1.6.0", "1.15.5", "2.0.0"]
    with pytest.raises(ResolutionError) as caught:
        planned({"a": [pure("a", version) for version in versions]}, "a==1.5.15")
    assert caught.value.message == "no release of a matches a==1.5.15 (asked for)"
    assert "1.15.5" in (caught.value.hint or "")
    assert "1.5.1" in (caught.value.hint or "")


def test_a_source_from_a_recipe(tmp_path: Path) -> None:
    digest = "0" * 64
    recipes = write(
        tmp_path / "recipes",
        "a",
        f'[[release]]\nsource = {{ url = "https://host.example/a.tar.gz", sha256 = "{digest}" }}\n',
    )
    index = FakeIndex({**TOOLS, "a": [native("a", "1", arch="x86_64")]}, tampered=["a.tar.gz"])
    found = node(planned(index, "a", recipes=recipes), "a==1@cp39")
    assert found.state is State.PORT
    assert found.source is not None
    assert (found.source.index, found.source.filename) == ("recipe", "a.tar.gz")
    assert found.reason.endswith("linux; source from the recipe a")


COMMIT = "c" * 40
COMMITTED = f"git+https://host.example/a.git@{COMMIT}"


@pytest.mark.parametrize("files", [[native("a", "1", arch="x86_64")], [sdist("a-1.tar.gz")]])
def test_a_commit_of_a_recipe(tmp_path: Path, files: list[FakeFile]) -> None:
    source = f'git = "https://host.example/a.git", commit = "{COMMIT}"'
    recipes = write(tmp_path / "recipes", "a", f"[[release]]\nsource = {{ {source} }}\n")
    archive = sdist("a-1.tar.gz", files={"pyproject.toml": "[build-system]\nrequires = []"})
    index = FakeIndex({**TOOLS, "a": files}, direct={COMMITTED: archive})
    found = node(planned(index, "a", recipes=recipes), "a==1@cp39")
    assert found.state is State.PORT
    assert found.source is not None
    assert (found.source.index, found.source.filename) == ("recipe", f"a-{COMMIT[:12]}.tar")
    assert found.source.sha256 == archive.file.sha256
    assert found.reason.endswith("; source from the recipe a")
    assert found.source.url is None
    assert found.source.upload_time is not None
    with pytest.raises(UsageError, match="there is no file at"):
        planned(FakeIndex({**TOOLS, "a": files}), "a", recipes=recipes)


@pytest.mark.parametrize("text", ["", "numpy=1", "numpy==", "-e .", "a @ ftp://x.example/a.zip"])
def test_a_malformed_requirement(text: str) -> None:
    with pytest.raises(UsageError):
        planned({}, text)


@pytest.mark.parametrize("text", ["a[x]<2", "a<<2"])
def test_a_malformed_constraint(text: str) -> None:
    with pytest.raises(UsageError, match="constraint"):
        planned({"a": [pure("a", "1")]}, "a", constraints=(text,))


def test_no_requirement_at_all() -> None:
    with pytest.raises(UsageError, match="no requirement"):
        planned({})


def test_an_outage_is_not_an_unknown_project() -> None:
    with pytest.raises(IndexUnavailable):
        planned(FakeIndex({}, unavailable=["a"]), "a")


def test_projects_are_asked_for_together() -> None:
    index = FakeIndex(
        {"a": [pure("a", "1", "b", "c")], "b": [pure("b", "1")], "c": [pure("c", "1")]}
    )
    planned(index, "a")
    assert {"b", "c"} <= index.prefetched
    assert len(index.asked) == len(set(index.asked))


def sha256(file: FakeFile) -> str:
    assert file.file.sha256 is not None
    return file.file.sha256


def test_only_files_with_a_given_hash_count() -> None:
    old, new = pure("a", "1"), pure("a", "2")
    index = {"a": [old, new], "b": [pure("b", "1", "a")]}
    found = planned(index, "b", "a", hashes={"a": frozenset({sha256(old)})})
    assert ids(found) == ["a==1@cp39", "b==1@cp39"]


def test_hashes_of_a_requirement_that_does_not_apply_do_not_count() -> None:
    index = {"a": [pure("a", "1"), pure("a", "2")]}
    text = "a; python_version < '3'"
    assert ids(planned(index, "a", hashes={text: frozenset({"0" * 64})})) == ["a==2@cp39"]


def test_a_hash_no_file_has_is_told() -> None:
    with pytest.raises(ResolutionError) as caught:
        planned({"a": [pure("a", "1")]}, "a==1", hashes={"a==1": frozenset({"0" * 64})})
    assert caught.value.context == "1: its hash is not among those given"


def test_required_hashes_are_asked_of_dependencies_too() -> None:
    index = {"a": [pure("a", "1", "b")], "b": [pure("b", "1")]}
    hashes = {"a": frozenset({sha256(index["a"][0])})}
    with pytest.raises(UsageError, match="no hash is given for b"):
        planned(index, "a", hashes=hashes, require_hashes=True)


def test_prereleases_count_when_they_are_asked_for() -> None:
    index = {"a": [pure("a", "1"), pure("a", "2rc1")]}
    assert ids(planned(index, "a")) == ["a==1@cp39"]
    assert ids(planned(index, "a", prereleases=True)) == ["a==2rc1@cp39"]


def test_of_a_project_that_must_not_be_built_only_wheels_count() -> None:
    index = {
        "a": [pure("a", "1"), sdist("a-2.tar.gz", requires=[])],
        "b": [pure("b", "1"), sdist("b-2.tar.gz", requires=[])],
        **TOOLS,
    }
    assert ids(planned(index, "a", wheels_only=frozenset({"a"}))) == ["a==1@cp39"]
    nothing = frozenset({":all:"})
    found = planned(index, "a", "b", wheels_only=nothing, from_source=frozenset({"b"}))
    assert ids(found)[:2] == ["a==1@cp39", "b==2@cp39"]
    with pytest.raises(ResolutionError) as caught:
        planned(index, "a==2", wheels_only=nothing)
    assert caught.value.context == "2: has no wheel for aarch64"


def test_several_interpreters_read_what_they_share_once() -> None:
    index = FakeIndex(
        {
            **TOOLS,
            "top": [pure("top", "1", "port")],
            "port": [sdist("port-1.tar.gz", requires=["six"])],
            "six": [pure("six", "1")],
        }
    )
    found = planned(index, "top", pythons=(CP37, CP39, CP311))
    assert len([n for n in found.nodes if n.name == "six"]) == 3
    assert len(index.metadata_read) == len(set(index.metadata_read))
    assert len(index.asked) == len(set(index.asked))
