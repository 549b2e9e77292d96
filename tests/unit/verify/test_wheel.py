"""The engine is a fake, the probe is not: it runs here, with this Python, as the target."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from fakes.engine import FakeEngine, Inside, Match, Reply
from fakes.index import sdist
from fakes.wheels import make_wheel
from porter.engine import Root, binfmt
from porter.errors import EngineError, StepFailed
from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.verify import Level, Suite, Verified, verify
from porter.verify.results import JUnit, read_tests

HERE = Platform.parse(platform.machine(), "manylinux2014")
PYTHON = Interpreter(*sys.version_info[:2])
ROOT = Root("here", HERE.arch, "sha256:0", "/usr/bin/python3", "debian")
IMPORT = f"demo-1.0-{PYTHON}.verify.import"
PYTHON_THERE = "/porter/env/bin/python"
TESTS = f"demo-1.0-{PYTHON}.verify.tests"


def probe(inside: Inside) -> None:
    """Do what the step says, on this machine."""
    _, *flags, script, request, result = inside.step.argv
    assert flags == ["-I", "-B"]
    site = inside.read(f"/porter/env/lib/python{PYTHON.version}/site-packages")
    command = [str(inside.read(script)), str(inside.read(request)), str(inside.write(result))]
    env = {**os.environ, "PYTHONPATH": str(site)}
    subprocess.run([sys.executable, "-B", *command], env=env, capture_output=True, check=False)


REPLIES: Mapping[Match, Reply] = {IMPORT: Reply(act=probe, seconds=2.5)}


def demo(folder: Path, files: Mapping[str, bytes | str]) -> Path:
    return make_wheel(folder, "demo-1.0-py3-none-any.whl", files)


def verified(
    wheel: Path, replies: Mapping[Match, Reply] = REPLIES, root: Root | None = ROOT, **more: Any
) -> Verified:
    settings: dict[str, Any] = {
        "dependencies": (),
        "engine": FakeEngine(replies),
        "platform": HERE,
        "interpreter": PYTHON,
        "work": wheel.parent / "work",
        "output": lambda _: None,
    }
    return verify(wheel, root=root, **{**settings, **more})


def test_every_module_is_imported(tmp_path: Path) -> None:
    result = verified(demo(tmp_path, {"demo/__init__.py": "", "other.py": "import demo"}))
    assert result == Verified(Level.IMPORT, modules=2, seconds=2.5)
    assert not list((tmp_path / "work").iterdir())


def test_dependencies_are_there(tmp_path: Path) -> None:
    need = make_wheel(tmp_path, "need-1.0-py3-none-any.whl", {"need.py": ""})
    wheel = demo(tmp_path, {"demo.py": "import need"})
    assert verified(wheel, dependencies=[need]).modules == 1
    with pytest.raises(StepFailed, match="No module named 'need'"):
        verified(wheel)


def test_what_it_is_had_with_is_imported_before_it(tmp_path: Path) -> None:
    main = make_wheel(tmp_path, "main-1.0-py3-none-any.whl", {"main/__init__.py": ""})
    other = make_wheel(tmp_path, "other-1.0-py3-none-any.whl", {"other.py": "1/0"})
    wheel = demo(
        tmp_path, {"demo.py": "import sys\nif 'main' not in sys.modules: raise ImportError"}
    )
    assert verified(wheel, dependencies=[main, other], before=[main]).modules == 1
    with pytest.raises(StepFailed, match=r"1 of 1 module cannot be imported: demo"):
        verified(wheel, dependencies=[main, other])
    with pytest.raises(StepFailed, match=r"of 3 modules cannot be imported: other"):
        verified(wheel, dependencies=[main, other], before=[other, main])


def test_a_crash_does_not_hide_the_other_failures(tmp_path: Path) -> None:
    files = {"a.py": "import os; os.abort()", "b.py": "", "c.py": "1/0", "d.py": "exit(2)"}
    with pytest.raises(StepFailed) as caught:
        verified(demo(tmp_path, files))
    for words in ("3 of 4", "a (the process crashed)", "c (ZeroDivisionError", "d (SystemExit"):
        assert words in caught.value.reason


def test_what_a_dependency_no_longer_has_is_a_failure(tmp_path: Path) -> None:
    need = make_wheel(tmp_path, "need-1.0-py3-none-any.whl", {"need/__init__.py": ""})
    wheel = demo(tmp_path, {"demo.py": "import need.gone", "_demo.py": ""})
    with pytest.raises(StepFailed, match=r"1 of 2 modules cannot be imported: demo \("):
        verified(wheel, dependencies=[need])
    assert verified(wheel).warnings == ("demo needs need, which the wheel does not ask for",)


def test_what_a_recipe_calls_unimportable_may_fail(tmp_path: Path) -> None:
    wheel = demo(tmp_path, {"demo.py": "raise RuntimeError('not on a Pi')"})
    result = verified(wheel, unimportable={"demo": "drives a Pi"})
    assert result.modules == 0
    assert result.warnings == ("demo cannot be imported, as is known: drives a Pi",)


def test_a_script_beside_a_module_is_told(tmp_path: Path) -> None:
    files = {"demo/__init__.py": "", "tool.py": "import sys\nsys.exit(0)"}
    result = verified(demo(tmp_path, files))
    assert result.modules == 1
    assert result.warnings == ("tool is a script: to import it ends the process",)
    with pytest.raises(StepFailed, match=r"1 of 1 module cannot be imported: tool"):
        verified(demo(tmp_path / "alone", {"tool.py": "raise SystemExit"}))


def test_a_crash_after_the_last_import_is_told(tmp_path: Path) -> None:
    wheel = demo(tmp_path, {"demo.py": ""})
    result = verified(wheel, {IMPORT: Reply(act=probe, code=139)})
    assert result.modules == 1
    assert result.warnings == ("Python ended with status 139 after all had been imported",)


def test_after_too_many_crashes_the_rest_is_not_called_good(tmp_path: Path) -> None:
    files = {f"m{number}.py": "import os; os._exit(0)" for number in range(8)}
    with pytest.raises(StepFailed, match="2 modules not tried"):
        verified(demo(tmp_path, files))


# Each imports the other, as an extension module and the Python module around it do: `wiring` can
# be imported first, the other cannot.
CIRCLE: Mapping[str, bytes | str] = {
    "_fast.py": "from demo.wiring import marker\npatched = 1",
    "demo/__init__.py": "",
    "demo/wiring.py": "marker = 1\nfrom _fast import patched",
}


def test_what_cannot_be_imported_first_is_imported_after_the_others(tmp_path: Path) -> None:
    result = verified(demo(tmp_path, CIRCLE))
    assert (result.level, result.modules, result.seconds) == (Level.IMPORT, 2, 5.0)
    assert result.warnings == ("_fast can be imported only after other modules of the wheel",)


def test_the_way_in_may_be_told_by_the_cause_alone(tmp_path: Path) -> None:
    """As by pybind11's modules, which raise an error of their own from the one they met."""
    code = "try:\n    from demo.wiring import marker\nexcept ImportError as error:\n"
    code += "    raise ImportError('initialization failed') from error\npatched = 1"
    assert verified(demo(tmp_path, {**CIRCLE, "_fast.py": code})).modules == 2


@pytest.mark.parametrize(
    "code",
    [
        "import gone_for_good._c",
        # A process that failed once is no proof.
        "import sys\nif not hasattr(sys, 'once'):\n    sys.once = 1; raise ImportError('no')",
        # Nor is one that ends.
        "import os, sys\nif 'demo' in sys.modules: os.abort()\nraise ImportError('no')",
    ],
    ids=["always", "state", "crash"],
)
def test_what_is_broken_fails_in_any_company(tmp_path: Path, code: str) -> None:
    files = {**CIRCLE, "_broken.py": code, "gone_for_good/__init__.py": ""}
    with pytest.raises(StepFailed, match=r" of 4 modules cannot be imported: _broken"):
        verified(demo(tmp_path, files))


def test_a_crash_is_not_tried_again(tmp_path: Path) -> None:
    code = "import os, sys\nif 'demo' not in sys.modules: os.abort()"
    with pytest.raises(StepFailed, match=r"1 of 2 .* _early \(the process crashed\)"):
        verified(demo(tmp_path, {"demo/__init__.py": "", "_early.py": code}))


def test_a_wheel_without_modules_says_so(tmp_path: Path) -> None:
    (warning,) = verified(demo(tmp_path, {"demo.data": ""})).warnings
    assert "no modules" in warning


def test_a_file_named_as_the_folder_of_data_fails_its_port(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="cannot be installed"):
        verified(demo(tmp_path, {"demo.py": "", "demo-1.0.data": ""}))


@pytest.mark.parametrize(
    ("replies", "root", "more", "words"),
    [
        (REPLIES, None, {}, "no root of"),
        (REPLIES, Root("here", HERE.arch, "sha256:0", None, "debian"), {}, "has no Python"),
        (REPLIES, ROOT, {"level": "none"}, "not asked for"),
    ],
)
def test_where_no_target_runs_the_result_says_why(
    tmp_path: Path,
    replies: Mapping[Match, Reply],
    root: Root | None,
    more: Mapping[str, Any],
    words: str,
) -> None:
    result = verified(demo(tmp_path, {"demo.py": ""}), replies, root, **more)
    assert result.level is Level.NONE
    assert words in result.warnings[0]


@pytest.mark.parametrize(
    "replies", [{}, {IMPORT: Reply((b"exec: Exec format error",), code=1)}], ids=["engine", "step"]
)
def test_only_a_missing_qemu_excuses_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replies: Mapping[Match, Reply]
) -> None:
    wheel = demo(tmp_path, {"demo.py": ""})
    with pytest.raises(EngineError):
        verified(wheel, replies)
    monkeypatch.setattr(binfmt, "supported", lambda _: False)
    assert verified(wheel, replies).level is Level.NONE


def test_a_python_that_does_not_start_is_a_failure(tmp_path: Path) -> None:
    replies: dict[Match, Reply] = {IMPORT: Reply((b"libpython3.9.so: not found",), code=127)}
    with pytest.raises(StepFailed, match="did not start in here") as caught:
        verified(demo(tmp_path, {"demo.py": ""}), replies)
    assert caught.value.context == "libpython3.9.so: not found"


def test_a_timeout_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="did not end within 1800 s"):
        verified(demo(tmp_path, {"demo.py": ""}), {IMPORT: Reply(seconds=9999)})


def test_another_machine_is_a_failure(tmp_path: Path) -> None:
    other = next(a for a in ARCHITECTURES if a != platform.machine())
    with pytest.raises(StepFailed, match=f"was imported on {platform.machine()}, not on {other}"):
        verified(demo(tmp_path, {"demo.py": ""}), platform=Platform.parse(other, "manylinux2014"))


def junit(text: str, code: int) -> Reply:
    def act(inside: Inside) -> None:
        assert "--junitxml=/porter/out/junit.xml" in inside.step.env["PYTEST_ADDOPTS"]
        site = f"/porter/env/lib/python{PYTHON.version}/site-packages"
        assert (f"--rootdir={site}" in inside.step.env["PYTEST_ADDOPTS"]) == (
            "--pyargs" in inside.step.argv
        )
        inside.write("/porter/out/junit.xml").write_text(f"<testsuite>{text}</testsuite>")

    return Reply((b"pytest says",), code=code, act=act, seconds=4)


PASSED = '<testcase classname="demo" name="test_a"/>'
FAILED = '<testcase classname="demo" name="test_b"><failure message="no"/></testcase>'


def with_tests(folder: Path, reply: Reply, suite: Suite, argv: Sequence[str] = ()) -> Verified:
    """A wheel whose tests get this reply, and were run by these words."""
    engine = FakeEngine({**REPLIES, TESTS: reply})
    wheel = demo(folder, {"demo.py": ""})
    result = verified(wheel, engine=engine, level="tests", suite=suite)
    if argv:
        assert engine.steps[-1].argv == argv
    return result


def source(folder: Path, files: Mapping[str, str]) -> Path:
    """An sdist with these files."""
    made = sdist("demo-1.0.tar.gz", files=files)
    path = folder / made.file.filename
    path.write_bytes(made.content)
    return path


def test_tests_are_run_and_counted(tmp_path: Path) -> None:
    reply = junit(PASSED + FAILED, 1)
    known = Suite(["demo"], known_failures={"demo::test_b": "is known"})
    words = (f"{PYTHON_THERE} -B -m pytest -q --pyargs demo").split()
    result = with_tests(tmp_path, reply, known, tuple(words))
    assert (result.level, result.modules, result.tests) == (Level.TESTS, 1, 1)
    assert result.seconds == 6.5
    with pytest.raises(StepFailed, match="1 of 2 tests failed: demo::test_b"):
        with_tests(tmp_path, reply, Suite(["demo"]))


def test_a_test_run_that_breaks_off_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="the test run ended with status 3") as caught:
        with_tests(tmp_path, junit(PASSED, 3), Suite(["demo"]))
    assert caught.value.context == "pytest says"


@pytest.mark.parametrize("code", [0, 1])
def test_results_are_kept_whether_the_tests_pass_or_not(tmp_path: Path, code: int) -> None:
    suite = Suite(["demo"], report=tmp_path / "kept.xml")
    with contextlib.suppress(StepFailed):
        with_tests(tmp_path, junit(PASSED + FAILED * code, code), suite)
    failed = {"demo::test_b": "no"} if code else {}
    kept = read_tests((tmp_path / "kept.xml").read_bytes())
    assert kept == JUnit(("demo::test_a",), failed, ())


def test_tests_that_lie_in_the_source_are_laid_into_their_folder(tmp_path: Path) -> None:
    more = {"setup.py": "", "demo.py": "", "t/a/test_a.py": "", "u/test_u.py": "", "test_b.py": ""}

    def act(inside: Inside) -> None:
        assert inside.step.cwd == "/porter/tests"
        assert "--rootdir=/porter/tests" in inside.step.env["PYTEST_ADDOPTS"].split()
        folder = inside.write("/porter/tests/t").parent
        found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        assert found == {"t/a/test_a.py", "test_b.py"}
        (folder / "t" / "written").touch()
        junit(PASSED, 0).act(inside)

    suite = Suite(files=["t", "test_b.py"], source=source(tmp_path, more))
    words = (f"{PYTHON_THERE} -B -m pytest -q t test_b.py").split()
    assert with_tests(tmp_path, Reply(act=act), suite, tuple(words)).tests == 1


def test_what_the_source_does_not_hold_is_named(tmp_path: Path) -> None:
    suite = Suite(files=["gone"], source=source(tmp_path, {"setup.py": ""}))
    with pytest.raises(StepFailed, match="name gone, which demo-1"):
        with_tests(tmp_path, junit(PASSED, 0), suite)


def test_a_command_of_the_recipes_own(tmp_path: Path) -> None:
    suite = Suite(command=["python", "-m", "demo", "--all"])
    words = (PYTHON_THERE, "-m", "demo", "--all")
    result = with_tests(tmp_path, Reply(), suite, words)
    assert (result.level, result.tests) == (Level.TESTS, 0)
    assert "did not tell" in result.warnings[0]
    with pytest.raises(StepFailed, match="the test run ended with status 1"):
        with_tests(tmp_path, Reply(code=1), suite)


def test_pytest_without_results_is_not_taken_for_success(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="the test run ended with status 0"):
        with_tests(tmp_path, Reply(), Suite(["demo"]))


def test_an_unknown_level_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'everything' is not a valid Level"):
        verified(demo(tmp_path, {"demo.py": ""}), level="everything")
