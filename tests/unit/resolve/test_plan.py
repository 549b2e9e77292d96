from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.index import FakeFile, FakeIndex, sdist, wheel
from porter.errors import IndexUnavailable, ResolutionError, UsageError
from porter.model import EdgeKind, Interpreter, Node, Plan, Platform, State
from porter.recipes import Recipes
from porter.resolve import Hooks, Preference, Question, Request, plan
from unit.resolve.cases import TOOLS, asking, native, pure

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
    hooks: Hooks | None = None,
    **further: object,
) -> Plan:
    client = index if isinstance(index, FakeIndex) else FakeIndex(index)
    request = Request(requirements=asked, platform=AARCH64, interpreters=pythons, **further)  # type: ignore[arg-type]
    return plan(request, client, recipes or Recipes(()), notice=lambda _: None, hooks=hooks)


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


def test_where_the_target_builds_build_requirements_are_its_own() -> None:
    """What has a wheel for this machine alone is a port then, with a build environment."""
    tools = {
        "setuptools": [pure("setuptools", "50")],
        "wheel": [pure("wheel", "0.35")],
        "ffi": [native("ffi", "1", arch="x86_64"), sdist("ffi-1.tar.gz")],
        "gen": [native("gen", "1", arch="x86_64"), native("gen", "1")],
        "a": [sdist("a-1.tar.gz", files=asking("setuptools", "ffi", "gen"))],
    }
    here = planned(tools, "a")
    there = planned(tools, "a", build_arch=AARCH64.arch)
    assert ids(here) == ids(there)
    assert [here.target.builds_itself, there.target.builds_itself] == [False, True]
    states = [node(found, "ffi==1@cp39:build").state for found in (here, there)]
    assert states == [State.AVAILABLE, State.PORT]
    wheels = [node(found, "gen==1@cp39:build").wheel for found in (here, there)]
    assert [one and one.filename.partition("2014_")[2] for one in wheels] == [
        "x86_64.whl",
        "aarch64.whl",
    ]
    environments = [
        {edge.end for edge in found.edges if edge.start.startswith("ffi")}
        for found in (here, there)
    ]
    assert environments == [set(), {"setuptools==50@cp39:build", "wheel==0.35@cp39:build"}]


def test_a_backend_is_asked_on_this_machine_whoever_builds() -> None:
    asked: list[Question] = []

    class Asked:
        def requires_for_build(self, question: Question) -> tuple[str, ...]:
            asked.append(question)
            return ("gen",)

        def metadata(self, question: Question) -> bytes:
            asked.append(question)
            return f"Metadata-Version: 2.1\nName: {question.name}\nVersion: 1\n".encode()

    tools = {
        "setuptools": [pure("setuptools", "50")],
        "wheel": [pure("wheel", "0.35")],
        "ffi": [native("ffi", "1", arch="x86_64"), native("ffi", "1")],
        "gen": [native("gen", "1", arch="x86_64"), native("gen", "1")],
        "a": [
            sdist(
                "a-1.tar.gz",
                files={"setup.py": "setup(setup_requires=[gen()])", **asking("setuptools", "ffi")},
            )
        ],
    }
    found = planned(tools, "a", hooks=Asked(), build_arch=AARCH64.arch)
    names = {path.name for question in asked for path in question.wheels}
    assert "ffi-1-cp39-cp39-manylinux2014_x86_64.whl" in names
    assert not any("aarch64" in name for name in names)
    for name in ("ffi", "gen"):
        chosen = node(found, f"{name}==1@cp39:build").wheel
        assert chosen is not None
        assert chosen.filename == f"{name}-1-cp39-cp39-manylinux2014_aarch64.whl"


X86_64 = wheel("Cython-0.29-cp39-cp39-manylinux2014_x86_64.whl")
AARCH64_LATE = wheel("Cython-0.29-2-cp39-cp39-manylinux2014_aarch64.whl", uploaded="2024-01-01")
AARCH64_BAD = wheel("Cython-0.29-3-cp39-cp39-manylinux2014_aarch64.whl", yanked="bad")
AARCH64_FIRST = wheel("Cython-0.29-cp39-cp39-manylinux2014_aarch64.whl")
AARCH64_ELSEWHERE = replace(AARCH64_FIRST, file=replace(AARCH64_FIRST.file, index="extra-1"))
USES_CYTHON = sdist(
    "a-1.tar.gz",
    requires=[],
    files={"pyproject.toml": "[build-system]\nrequires = ['setuptools', 'Cython']"},
)


@pytest.mark.parametrize(
    ("wheels", "newer", "expected"),
    [
        ([AARCH64_FIRST, AARCH64_LATE], None, AARCH64_LATE),
        ([AARCH64_FIRST, AARCH64_LATE], "2020-06-01", AARCH64_FIRST),
        ([AARCH64_LATE], "2020-06-01", None),
        ([AARCH64_FIRST, AARCH64_BAD], None, AARCH64_FIRST),
        (
            [
                AARCH64_FIRST,
                AARCH64_ELSEWHERE,
            ],
            None,
            AARCH64_FIRST,
        ),
    ],
)
def test_the_targets_wheel_is_the_one_that_would_be_installed_there(
    wheels: list[FakeFile], newer: str | None, expected: FakeFile | None
) -> None:
    index = {**NUMPY, "cython": [X86_64, *wheels]}
    day = None if newer is None else datetime.fromisoformat(newer).replace(tzinfo=UTC)
    found = planned({**index, "a": [USES_CYTHON]}, "a", exclude_newer=day)
    theirs = node(found, "cython==0.29@cp39:build").target_wheel
    assert (theirs and theirs.filename) == (expected and expected.file.filename)


def test_code_too_old_for_the_interpreter_is_made_anew() -> None:
    files = {"a.pyx": "", "a.c": "/* Generated by Cython 0.27.3 */"}
    old = sdist("old-1.tar.gz", requires=[], uploaded="2019-01-01", files=files)
    new = wheel("Cython-0.29.21-cp39-cp39-manylinux1_x86_64.whl")
    index = {**NUMPY, "old": [old], "cython": [new]}
    found = node(planned(index, "old"), "old==1@cp39")
    assert "Cython>=0.29.21,<3" in found.requires
    (warning,) = found.warnings
    assert warning == "its C code, made by Cython 0.27.3, is too old for cp39: made anew"
    assert "Cython" not in str(node(planned(index, "old", pythons=(CP37,)), "old==1@cp37").requires)


@pytest.mark.parametrize(
    ("setup", "table", "planned_with"),
    [
        ("run(['cmake', '--build', '.'])", None, ["cmake"]),
        ("from skbuild import setup", None, ["cmake"]),
        ("# without cmake", None, []),
        ("run(['./bundled.sh'])", None, ["cmake"]),
        ("run(['./other.sh'])", None, []),
        ("Extension('_a', sources=['src/a.i', 'src/a.c'])", None, ["swig"]),
        ("run(['cmake', '-DX=swig', 'a.in'])", None, ["cmake"]),
        ("run(['cmake'])", "requires = ['cmake <4']", []),
        ("run(['cmake'])", "requires = []\nbuild-backend = 'own'\nbackend-path = ['.']", []),
    ],
)
def test_programs_a_setup_py_runs_are_there(
    setup: str, table: str | None, planned_with: list[str]
) -> None:
    files = {"setup.py": setup, "bundled.sh": "mkdir build\ncmake .. -B build\n", "other.sh": "ls"}
    if table is not None:
        files["pyproject.toml"] = f"[build-system]\n{table}"
    index = {
        **TOOLS,
        "runs": [sdist("runs-1.tar.gz", requires=[], uploaded="2024-01-01", files=files)],
        "cmake": [pure("cmake", "3.28.1", uploaded="2023-12-01")],
        "scikit-build": [pure("scikit_build", "0.17.6", uploaded="2023-06-01")],
        "swig": [pure("swig", "4.1.1", uploaded="2023-12-01")],
    }
    asked = node(planned(index, "runs"), "runs==1@cp39").requires
    assert [text for text in asked if text in {"cmake", "swig"}] == planned_with


@pytest.mark.parametrize(
    ("files", "planned_with"),
    [
        ({"setup.py": "import numpy"}, ["numpy"]),
        ({"setup.py": "import numpy", "setup.cfg": "[metadata]"}, ["numpy"]),
        ({"setup.py": "import numpy", "pyproject.toml": "[tool.black]"}, ["numpy"]),
        ({"setup.py": "import numpy", "pyproject.toml": "[build-system]\nrequires = []"}, []),
        ({"setup.py": "import numpy", "numpy/__init__.py": ""}, []),
        ({"setup.py": "import numpy", "src/numpy.py": ""}, []),
    ],
)
def test_what_a_setup_py_imports_is_there(files: dict[str, str], planned_with: list[str]) -> None:
    index = {
        **TOOLS,
        "old": [sdist("old-1.tar.gz", requires=[], uploaded="2020-01-01", files=files)],
        "numpy": [pure("numpy", "1.19.4", uploaded="2020-11-02")],
    }
    asked = node(planned(index, "old"), "old==1@cp39").requires
    assert [text for text in asked if text == "numpy"] == planned_with


def test_what_a_setup_py_uses_of_setuptools_is_there() -> None:
    files = {"setup.py": "from setuptools import setup, Feature"}
    index = {
        **TOOLS,
        "old": [sdist("old-1.tar.gz", requires=[], uploaded="2017-03-07", files=files)],
        "setuptools": [
            pure("setuptools", "45.3.0", uploaded="2020-03-07"),
            pure("setuptools", "50.3.2", uploaded="2020-10-14"),
        ],
    }
    assert "setuptools==45.3.0@cp39:build" in ids(planned(index, "old"))


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


def test_what_came_late_is_taken_from_its_first_day_and_moves_nothing_else() -> None:
    index = {
        "a": [
            sdist(
                "a-1.tar.gz",
                requires=[],
                uploaded="2019-01-01",
                files={"setup.py": "Extension('_a', sources=['a.i'])"},
            )
        ],
        "swig": [
            pure("swig", "4.0", uploaded="2022-08-01"),
            pure("swig", "4.1", uploaded="2023-01-01"),
        ],
        "setuptools": [
            pure("setuptools", "47", uploaded="2020-06-01"),
            pure("setuptools", "65", uploaded="2022-08-01"),
        ],
        "wheel": [pure("wheel", "0.34", uploaded="2020-01-01")],
    }
    found = planned(index, "a")
    assert [i for i in ids(found) if i.endswith(":build")] == [
        "setuptools==47@cp39:build",
        "swig==4.0@cp39:build",
        "wheel==0.34@cp39:build",
    ]
    (warning,) = node(found, "a==1@cp39").warnings
    assert warning == "swig: none as of 2020-11-04; taken from 2022-08-01"


NEEDS_MORE = {
    **TOOLS,
    "a": [
        sdist(
            "a-1.tar.gz",
            requires=[],
            uploaded="2019-01-01",
            files={"pyproject.toml": "[build-system]\nrequires = ['setuptools', 'b']"},
        )
    ],
    "b": [pure("b", "1", "c>=2", uploaded="2019-01-01")],
}


def test_the_era_falls_forward_with_a_warning() -> None:
    index = {**NEEDS_MORE, "c": [pure("c", "2", uploaded="2025-05-01")]}
    (warning,) = node(planned(index, "a"), "a==1@cp39").warnings
    # The first of the later days, half a year apart, on which it is there.
    assert warning == "no build environment as of 2020-11-04; taken as of 2025-10-09"


def test_what_only_the_present_has_is_taken_from_it() -> None:
    index = {**NEEDS_MORE, "c": [pure("c", "2", uploaded="2045-05-01")]}
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


def test_a_port_is_built_against_nothing_newer_than_it_runs_with(tmp_path: Path) -> None:
    files = {**BUILT_AGAINST, "lib": [pure("lib", "1.0"), *BUILT_AGAINST["lib"]]}
    recipes = write(tmp_path / "recipes", "lib", 'abi-breaks = ["2"]')
    held = planned(files, "a", "lib==1.0", recipes=recipes)
    assert "lib==1.0@cp39:build" in ids(held)
    assert "lib==1.1@cp39:build" in ids(planned(files, "a", "lib==1.0"))


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


def test_what_was_chosen_in_an_earlier_round_is_not_told(tmp_path: Path) -> None:
    capped = '[[release]]\nrequires.cap = { Lib = "<1.5" }'
    recipes = write(tmp_path / "recipes", "a", capped)
    found = planned(BUILT_AGAINST, "a", recipes=recipes, prefer=Preference.PORTED)
    assert [note.partition(":")[0] for note in found.target.notes] == [
        "lib <1.5 for cp39",
        "fewest ports preferred for cp39",
    ]


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


def test_a_build_side_port_has_what_it_requires_to_run() -> None:
    backend = "[build-system]\nrequires = ['tool']\nbuild-backend = 'tool'"
    index = {
        "a": [sdist("a-1.tar.gz", requires=[], files={"pyproject.toml": backend})],
        "tool": [sdist("tool-2.tar.gz", requires=["dep", "back"])],
        "dep": [pure("dep", "1")],
        "back": [sdist("back-1.tar.gz", requires=["tool"])],
        **TOOLS,
    }
    installs = {(e.start, e.end) for e in planned(index, "a").edges if e.kind is EdgeKind.INSTALL}
    assert ("tool==2@cp39:build", "dep==1@cp39:build") in installs
    # Of two that require each other one has to be there first.
    circle = {("tool==2@cp39:build", "back==1@cp39:build")}
    circle |= {(end, start) for start, end in circle}
    assert len(installs & circle) == 1


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
    tool = node(planned(index, "a"), "tool==2@cp39:build")
    assert "circle (tool 2 → tool 2)" in (tool.obstacle or "")


def test_build_requirements_that_cannot_be_met_are_the_obstacle_of_their_port_alone() -> None:
    backend = "[build-system]\nrequires = ['setuptools>90']"
    index = {
        **TOOLS,
        "a": [sdist("a-1.tar.gz", requires=["b"], files={"pyproject.toml": backend})],
        "b": [sdist("b-1.tar.gz", requires=[])],
    }
    found = planned(index, "a")
    a, b = node(found, "a==1@cp39"), node(found, "b==1@cp39")
    told = "no build environment for a 1 (cp39): no release of setuptools matches setuptools>90"
    assert (a.obstacle or "").startswith(told)
    assert a.warnings[-1].startswith(told)
    assert [edge.end for edge in found.edges if edge.start == a.id] == [b.id]
    assert b.obstacle is None
    assert "setuptools==50.0@cp39:build" in ids(found)


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


def test_from_source_takes_the_source_a_recipe_gives(tmp_path: Path) -> None:
    recipes = write(tmp_path / "recipes", "a", "[[release]]\nsource = { sdist = 'b' }")
    index = {**TOOLS, "a": [native("a", "1")], "b": [sdist("b-1.tar.gz", requires=[])]}
    assert node(planned(index, "a", recipes=recipes), "a==1@cp39").state is State.AVAILABLE
    asked = planned(index, "a", recipes=recipes, from_source=frozenset({"a"}))
    found = node(asked, "a==1@cp39")
    assert (found.state, found.wheel) == (State.PORT, None)
    assert found.source is not None
    assert found.source.filename == "b-1.tar.gz"
    assert found.reason == (
        "asked for from source, although a-1-cp39-cp39-manylinux2014_aarch64.whl is usable; "
        "source from the recipe a"
    )


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


@pytest.mark.parametrize(
    ("asked", "constraints", "expected"),
    [
        # What does not apply limits nothing.
        (["n", "backport; python_version < '3.7'"], [], Interpreter(3, 12)),
        (["n", "other; sys_platform == 'win32'"], [], Interpreter(3, 12)),
        (["backport; python_version < '3.7'"], [], Interpreter(3, 6)),
        (["other; sys_platform == 'win32'"], [], Interpreter(3, 14)),
        # What is said of one project counts together, wherever it is said.
        (["n"], ["n==1"], CP37),
        (["n"], ["n==1; python_version < '3'"], Interpreter(3, 12)),
        (["n", "n==1"], [], CP37),
        (["n>=2; python_version >= '3.8'", "n<2; python_version < '3.8'"], [], Interpreter(3, 12)),
    ],
)
def test_the_interpreter_follows_from_all_that_is_said(
    asked: list[str], constraints: list[str], expected: Interpreter
) -> None:
    index = {
        "n": [native("n", "2", "cp312-cp312"), native("n", "1", "cp37-cp37m")],
        "backport": [pure("backport", "0.8", requires_python=">=3.6,<3.7")],
        "other": [native("other", "1", "cp38-cp38", "x86_64")],
    }
    found = planned(index, *asked, pythons=(), constraints=tuple(constraints))
    assert found.target.interpreters == (expected,)


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
