from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import building
from fakes.building import BUILD, REQUIRES, answer
from fakes.engine import FakeEngine, Inside, Reply
from fakes.wheels import make_wheel
from porter.build import Prepared, compile_wheel, prepare
from porter.build.compile import environment_variables
from porter.build.job import MADE, OUT, BuildSystem
from porter.engine import Limits
from porter.errors import StepFailed

Sdist = Callable[[Mapping[str, str]], Path]
WHEEL = "demo-1-cp39-cp39-linux_aarch64.whl"


def silent(_data: bytes) -> None: ...


@pytest.fixture
def prepared(tmp_path: Path, sdist: Sdist) -> Prepared:
    extras = "Requires-Dist: tool; extra == 'met'\nRequires-Dist: absent; extra == 'more'\n"
    tool = make_wheel(tmp_path, "tool-2-py3-none-any.whl", {"tool.py": ""}, metadata=extras)
    settings: dict[str, Any] = {"wheels": (tool,), "limits": Limits(seconds=60)}
    settings["config_settings"] = {"--fast": "yes"}
    files = {"setup.py": "", "pyproject.toml": "[build-system]\nrequires = []\n"}
    job = building.job(tmp_path, sdist(files), **settings)
    return prepare(job, engine=FakeEngine(), output=silent)


def built(prepared: Prepared, **replies: Reply) -> Path:
    hooks = {REQUIRES: Reply(act=answer([])), BUILD: building.wheel(WHEEL), **replies}
    engine = FakeEngine({f"demo-1-cp39.{hook}": reply for hook, reply in hooks.items()})
    return compile_wheel(prepared, engine=engine, output=silent)


def refused(prepared: Prepared, **replies: Reply) -> StepFailed:
    with pytest.raises(StepFailed) as caught:
        built(prepared, **replies)
    return caught.value


def test_the_wheel_the_backend_names_is_returned(prepared: Prepared) -> None:
    assert built(prepared) == prepared.job.made / WHEEL


def test_the_hooks_get_the_recipe_s_settings(prepared: Prepared) -> None:
    said: list[Any] = []

    def act(inside: Inside) -> None:
        said.append(building.asked(inside))
        inside.write(f"{MADE}/{WHEEL}").touch()
        answer(WHEEL)(inside)

    built(prepared, build_wheel=Reply(act=act))
    assert said[0]["config_settings"] == {"--fast": "yes"}
    assert said[0]["wheel_directory"] == MADE


def test_a_backend_may_remove_the_folder_and_make_it_anew(prepared: Prepared) -> None:
    """As setuptools' does up to 40.8; what a folder is mounted on cannot be removed."""

    def act(inside: Inside) -> None:
        assert OUT in {mount.target for mount in inside.step.mounts}
        assert MADE not in {mount.target for mount in inside.step.mounts}
        folder = inside.write(MADE)
        folder.rmdir()
        folder.mkdir()
        building.wheel(WHEEL).act(inside)

    assert built(prepared, build_wheel=Reply(act=act)) == prepared.job.made / WHEEL


def test_what_the_backend_asks_for_has_to_be_there(prepared: Prepared) -> None:
    needs = ["tool>=1", "Tool", "absent", "tool<2", "no.such ==", 'windows-only; os_name == "nt"']
    needs += ["tool[met]", "tool[more]"]
    failure = refused(prepared, get_requires_for_build_wheel=Reply(act=answer(needs)))
    assert failure.reason == (
        "its build backend asks for absent, tool<2, no.such ==, tool[more], "
        "which is not in the plan"
    )
    assert failure.rule == "missing-in-plan"


@pytest.mark.parametrize("metadata", ["", "Metadata-Version: 2.1\nName: tool\nVersion: then\n"])
def test_what_is_there_goes_by_the_names_of_wheels(prepared: Prepared, metadata: str) -> None:
    """Metadata may lack a name, or state a version that is none."""
    stated = prepared.environment.site_packages / "tool-2.dist-info" / "METADATA"
    stated.write_text(metadata)
    built(prepared, get_requires_for_build_wheel=Reply(act=answer(["tool>=2"])))


def broken(text: bytes) -> Reply:
    return Reply(act=lambda inside: _put(inside.write("/porter/hook/output.json"), text))


def _put(path: Path, text: bytes) -> None:
    path.write_bytes(text)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(seconds=61), "ran into its time limit after 60 s"),
        (Reply(code=137, out_of_memory=True), "ran out of memory"),
        (Reply(code=1), "ended with status 1"),
        (Reply(code=3, act=answer(WHEEL)), "ended with status 3"),
        (Reply(act=answer(no_backend=True, backend_error="No module x")), "No module x"),
        (Reply(act=answer(hook_missing=True)), "has no hook build_wheel"),
        (broken(b"{"), "broken JSON"),
        (broken(b"\xff"), "broken JSON"),
        (broken(b"[" * 100_000), "broken JSON"),
        (broken(b"[]"), "no object"),
        (broken(b"{}"), "ended with status 0"),
        (broken(b" " * (5 << 20)), "ended with status 0"),
        (Reply(act=answer(WHEEL)), "which is not there"),
    ],
)  # fmt: skip
def test_each_way_to_fail_is_told(prepared: Prepared, reply: Reply, words: str) -> None:
    assert words in refused(prepared, build_wheel=reply).reason


def test_a_wheel_of_another_name_is_not_taken(prepared: Prepared) -> None:
    def act(inside: Inside) -> None:
        building.wheel("other-1-py3-none-any.whl").act(inside)
        answer(WHEEL)(inside)

    assert "not there" in refused(prepared, build_wheel=Reply(act=act)).reason


def test_requirements_that_are_no_list_are_refused(prepared: Prepared) -> None:
    failure = refused(prepared, get_requires_for_build_wheel=Reply(act=answer("setuptools")))
    assert "no list" in failure.reason


def test_a_wheel_that_is_a_link_is_none(prepared: Prepared, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of this machine")

    def act(inside: Inside) -> None:
        inside.write(f"{MADE}/{WHEEL}").symlink_to(secret)
        answer(WHEEL)(inside)

    assert "not there" in refused(prepared, build_wheel=Reply(act=act)).reason


def test_a_folder_of_wheels_that_is_a_link_holds_none(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / WHEEL).write_text("of this machine")

    def act(inside: Inside) -> None:
        inside.write(MADE).rmdir()
        inside.write(MADE).symlink_to(tmp_path / "secret")
        answer(WHEEL)(inside)

    assert "not there" in refused(prepared, build_wheel=Reply(act=act)).reason


def test_an_answer_that_is_a_link_is_not_read(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text(json.dumps({"return_val": WHEEL}))

    def act(inside: Inside) -> None:
        inside.write("/porter/hook/output.json").symlink_to(tmp_path / "other.json")

    assert "status 0" in refused(prepared, build_wheel=Reply(act=act)).reason


def test_an_answer_of_the_hook_before_is_not_taken(prepared: Prepared) -> None:
    assert "status 0" in refused(prepared, build_wheel=Reply()).reason


def test_the_environment_is_the_toolchain_s_then_the_recipe_s(prepared: Prepared) -> None:
    job = replace(
        prepared.job, env={"CC": "mine", "LC_ALL": "C", "_PYPROJECT_HOOKS_BUILD_BACKEND": ""}
    )
    variables = environment_variables(
        replace(prepared, job=job, system=BuildSystem("mine:api", ("tools",)))
    )  # fmt: skip
    assert (variables["CC"], variables["LC_ALL"]) == ("mine", "C")
    assert variables["SOURCE_DATE_EPOCH"] == "1591228800"
    path = variables["PATH"].split(":")
    assert path[:2] == ["/porter/toolchain/bin", "/porter/env/bin"]
    assert path[-2:] == ["/bin", "/porter/sysroot/usr/bin"]
    assert variables["PYTHONPATH"] == "/porter/pose"
    assert variables["_PYPROJECT_HOOKS_BUILD_BACKEND"] == "mine:api"
    assert json.loads(variables["_PYPROJECT_HOOKS_BACKEND_PATH_JSON"]) == ["tools"]


def test_a_build_sees_nothing_of_the_caller_s_environment(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "x")
    assert "SECRET" not in environment_variables(prepared)
    assert "HOME" not in environment_variables(prepared)


def scripted(prepared: Prepared, *script: tuple[str, ...]) -> Prepared:
    return replace(prepared, job=replace(prepared.job, script=script))


def test_a_recipe_s_script_runs_before_the_backend(prepared: Prepared) -> None:
    engine = FakeEngine(
        {
            "demo-1-cp39.script-1": Reply(),
            "demo-1-cp39.script-2": Reply(),
            f"demo-1-cp39.{REQUIRES}": Reply(act=answer([])),
            f"demo-1-cp39.{BUILD}": building.wheel(WHEEL),
        }
    )
    made = scripted(prepared, ("python", "tools/make.py", "python"), ("touch", "x"))
    assert compile_wheel(made, engine=engine, output=silent) == prepared.job.made / WHEEL
    first, second, *hooks = engine.steps
    assert first.argv == ("/porter/env/bin/python", "tools/make.py", "python")
    assert second.argv == ("touch", "x")
    assert (first.cwd, first.env["CC"]) == ("/porter/work/src", "cc")
    assert len(hooks) == 2


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(code=3), "command 1 of its recipe's script ended with status 3"),
        (Reply(seconds=61), "the recipe's command 1 ran into its time limit after 60 s"),
        (Reply(code=137, out_of_memory=True), "the recipe's command 1 ran out of memory"),
    ],
)
def test_a_script_that_fails_fails_the_build(prepared: Prepared, reply: Reply, words: str) -> None:
    made = scripted(prepared, ("make", "x"), ("make", "y"))
    assert words in refused(made, **{"script-1": reply}).reason


@pytest.fixture
def program(tmp_path: Path, sdist: Sdist) -> Prepared:
    """A source of before pyproject.toml."""
    settings = {"--global-option": "-q 'a b'", "--build-option": "--fast"}
    job = building.job(tmp_path, sdist({"setup.py": ""}), config_settings=settings)
    return prepare(job, engine=FakeEngine(), output=silent)


def test_setup_py_without_pyproject_is_run_as_a_program(program: Prepared) -> None:
    engine = FakeEngine(
        {
            "demo-1-cp39.setup.py": Reply(
                act=lambda inside: inside.write(f"{MADE}/{WHEEL}").touch()
            ),
        }
    )
    assert compile_wheel(program, engine=engine, output=silent) == program.job.made / WHEEL
    (step,) = engine.steps
    words = step.argv[3:]
    assert words == ("-q", "a b", "bdist_wheel", "--dist-dir", MADE, "--fast")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(code=2), "setup.py bdist_wheel ended with status 2"),
        (Reply(), "left no wheel"),
        (Reply(code=137, out_of_memory=True), "setup.py ran out of memory"),
    ],
)
def test_a_setup_py_that_fails(program: Prepared, reply: Reply, words: str) -> None:
    assert words in refused(program, **{"setup.py": reply}).reason


def test_the_status_of_a_setup_py_lets_its_log_be_diagnosed(program: Prepared) -> None:
    assert refused(program, **{"setup.py": Reply(code=2)}).status == 2


@pytest.mark.parametrize(
    "name", ["setuptools_rust-1.1-py3-none-any.whl", "maturin-1-py3-none-any.whl"]
)
def test_rust_without_cargo_is_known_before_anything_is_built(
    tmp_path: Path, sdist: Sdist, name: str
) -> None:
    job = building.job(tmp_path, sdist({}), wheels=(make_wheel(tmp_path, name, {}),))
    made = prepare(job, engine=FakeEngine(), output=silent)
    engine = FakeEngine({"demo-1-cp39.cargo": Reply(code=1)})
    with pytest.raises(StepFailed, match="drives cargo, and here has none"):
        compile_wheel(made, engine=engine, output=silent)
    assert built(made, cargo=Reply()) == job.made / WHEEL
