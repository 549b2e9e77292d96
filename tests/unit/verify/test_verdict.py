from __future__ import annotations

from dataclasses import replace

import pytest

from porter.errors import StepFailed
from porter.model import ARCHITECTURES, Interpreter
from porter.verify.modules import Modules
from porter.verify.results import Failure, Imports, JUnit
from porter.verify.verdict import check_target, judge_imports, judge_tests

MODULES = Modules(("demo",), ("demo._a", "demo._b"))
AARCH64 = ARCHITECTURES["aarch64"]


@pytest.mark.parametrize(
    ("results", "words"),
    [
        (Imports("x86_64", (3, 9)), "on x86_64, not on aarch64"),
        (Imports("aarch64", (3, 11)), "by Python 3.11, not 3.9"),
    ],
)
def test_it_must_have_been_the_target(results: Imports, words: str) -> None:
    with pytest.raises(StepFailed, match=words):
        check_target(results, wheel="w", arch=AARCH64, interpreter=Interpreter(3, 9))


def test_all_failures_are_told_at_once() -> None:
    runs = [
        Imports(imported=("demo",), failures=(Failure("demo._a", "ImportError: no"),)),
        Imports(crashed_in="demo._b"),
    ]
    with pytest.raises(StepFailed) as caught:
        judge_imports("w.whl", MODULES, runs)
    assert caught.value.reason == (
        "w.whl: 2 of 3 modules cannot be imported: "
        "demo._a (ImportError: no); demo._b (the process crashed)"
    )


def test_what_fails_with_its_package_is_not_repeated() -> None:
    error = "ImportError: Unable to import:\nnumpy"
    runs = [Imports(failures=tuple(Failure(name, error) for name in MODULES.all))]
    with pytest.raises(StepFailed) as caught:
        judge_imports("w.whl", MODULES, runs)
    assert caught.value.reason == (
        "w.whl: 3 of 3 modules cannot be imported: demo (ImportError: Unable to import: numpy)"
    )


MISSING_OTHER = Failure("demo._a", "ModuleNotFoundError: no", "other.part")
MISSING_OWN = Failure("demo._a", "ModuleNotFoundError: no", "demo._gone")


def test_an_optional_package_is_a_warning() -> None:
    accepted = judge_imports(
        "w", MODULES, [Imports(imported=("demo", "demo._b"), failures=(MISSING_OTHER,))]
    )
    assert accepted.count == 2
    assert accepted.warnings == ("demo._a needs other.part, which the wheel does not ask for",)


@pytest.mark.parametrize(
    "missing", ["imp", "distutils", "distutils.util", "need.gone", "need.sub.gone", "single.x"]
)
def test_what_no_other_package_could_bring_is_no_excuse(missing: str) -> None:
    modules = replace(MODULES, beside=frozenset({"need", "need.sub", "single"}))
    failure = Failure("demo", f"ModuleNotFoundError: No module named '{missing}'", missing)
    with pytest.raises(StepFailed, match="1 of 3 modules cannot be imported: demo"):
        judge_imports("w", modules, [Imports(imported=("demo._a",), failures=(failure,))])


@pytest.mark.parametrize("missing", ["tkinter", "_tkinter", "space.other", "needed"])
def test_what_another_could_is_one(missing: str) -> None:
    modules = replace(MODULES, beside=frozenset({"need", "space.mine"}))
    failure = Failure("demo._b", "ModuleNotFoundError: no", missing)
    accepted = judge_imports("w", modules, [Imports(imported=("demo",), failures=(failure,))])
    assert accepted.warnings == (f"demo._b needs {missing}, which the wheel does not ask for",)


def test_what_is_known_to_be_unimportable_may_fail_and_no_other() -> None:
    modules = replace(MODULES, unimportable={"demo._a": "no Pi", "demo._b": "no Pi", "gone": "?"})
    failed = Failure("demo._a", "RuntimeError: This module can only be run on a Raspberry Pi!")
    accepted = judge_imports(
        "w", modules, [Imports(imported=("demo", "demo._b"), failures=(failed,))]
    )
    assert accepted.count == 2
    assert accepted.warnings == (
        "demo._a cannot be imported, as is known: no Pi",
        "demo._b can be imported, but is noted as unimportable",
    )
    crashed = Imports(imported=("demo", "demo._b"), crashed_in="demo._a")
    assert judge_imports("w", modules, [crashed]).count == 2
    with pytest.raises(StepFailed, match=r"1 of 3 modules cannot be imported: demo \("):
        judge_imports("w", modules, [Imports(failures=(failed, Failure("demo", "no")))])


def test_what_is_imported_before_is_nothing_of_the_wheel() -> None:
    modules = Modules(("demo",), ("demo._a",), before=("main",))
    whole = judge_imports("w", modules, [Imports(imported=("main", "demo", "demo._a"))])
    assert whole.count == 2
    failures = (Failure("demo", "ModuleNotFoundError: no", "other"),)
    with pytest.raises(StepFailed, match="demo"):
        judge_imports("w", modules, [Imports(imported=("main",), failures=failures)])


def test_an_extension_that_asks_for_another_package_was_loaded() -> None:
    alone = Modules(("_demo",), ("_demo",))
    failure = Failure("_demo", "ModuleNotFoundError: no", "demo")
    accepted = judge_imports("w", alone, [Imports(failures=(failure,))])
    assert accepted.warnings == ("_demo needs demo, which the wheel does not ask for",)
    gone = Failure("_demo", "ModuleNotFoundError: no", "_demo")
    with pytest.raises(StepFailed, match="_demo"):
        judge_imports("w", alone, [Imports(failures=(gone,))])


@pytest.mark.parametrize(
    ("imported", "failure"), [((), MISSING_OTHER), (("demo",), MISSING_OWN)], ids=["none", "own"]
)
def test_no_excuse(imported: tuple[str, ...], failure: Failure) -> None:
    with pytest.raises(StepFailed, match=r"demo\._a"):
        judge_imports("w", MODULES, [Imports(imported=imported, failures=(failure,))])


LOSS = "env.numpy.core.tests.test_umath.TestComplex::test_loss[complex256]"
KNOWN = {"TestComplex::test_loss[complex256]": "numpy's own functions, as for glibc < 2.18"}


def test_known_failures_are_explained() -> None:
    accepted = judge_tests("w", JUnit(("a::b",), {LOSS: "assert"}, ()), KNOWN)
    assert accepted.count == 1
    assert accepted.warnings == (f"{LOSS} fails, as is known: {next(iter(KNOWN.values()))}",)


def test_a_known_failure_that_passes_is_told() -> None:
    (warning,) = judge_tests("w", JUnit((LOSS,), {}, ()), KNOWN).warnings
    assert "passes, but is noted as a known failure" in warning


def test_other_failures_are_named() -> None:
    with pytest.raises(StepFailed, match=r"1 of 2 tests failed: a\.XTestComplex::test_loss"):
        judge_tests("w", JUnit(("a::b",), {"a.XTestComplex::test_loss": "no"}, ()), KNOWN)


def test_no_test_is_no_success() -> None:
    with pytest.raises(StepFailed, match=r"no test was passed \(3 skipped\)"):
        judge_tests("w", JUnit((), {}, ("a", "b", "c")), {})
