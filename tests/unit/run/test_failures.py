from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.engine import Reply
from fakes.running import NOWHERE, Rig, target_root
from porter.errors import StepFailed
from porter.model import Ending, Phase, Strategy
from porter.recipes import Recipe
from porter.recipes.schema import Tests
from porter.run import Options
from porter.run import failures as failures_module
from porter.run import proof as proof_module
from porter.run.failures import explained
from unit.graph.plans import needs, node, plan
from unit.recipes.rules import recipe_with

LADDER = (Strategy.CROSS, Strategy.ACCELERATED, Strategy.EMULATED)
DEMO = plan([node("demo")], [], "demo==1")
HEADER = b"a.c:1:10: fatal error: ffi.h: No such file or directory\n"
LACKS = Reply((HEADER,), code=1)


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path, DEMO)
    rig.fails("demo", "build_wheel", LACKS)
    return rig


# --- explained ------------------------------------------------------------------------------------


def test_a_status_is_explained_by_the_log() -> None:
    told = explained(StepFailed("build_wheel ended with status 1", status=1), HEADER)
    assert (told.rule, told.reason) == ("missing-header", "the header ffi.h is missing")
    assert "libffi-dev" in str(told.hint)
    assert told.context == HEADER.decode().strip()
    assert not told.final


def test_what_no_strategy_can_build_is_final() -> None:
    told = explained(StepFailed("no", status=1), b"error in x setup command: use_2to3 is invalid.")
    assert told.final


def test_a_status_nobody_can_explain_comes_with_the_last_lines() -> None:
    told = explained(StepFailed("ended with status 3", status=3), b"one\n\ntwo\n")
    assert (told.rule, told.reason, told.context) == (None, "ended with status 3", "one\ntwo")


def test_a_kill_from_outside_is_told_as_one() -> None:
    log = b"compiling\ng++: fatal error: Killed signal terminated program cc1plus\n"
    told = explained(StepFailed("ended with status 1", status=1), log)
    assert told.rule == "killed"
    assert "killed from outside" in told.reason


def test_a_reason_that_is_exact_stays_and_gets_its_kind_and_hint() -> None:
    told = explained(StepFailed("ran into its limit", rule="timeout"), b"still compiling\n")
    assert (told.reason, told.rule, told.context) == (
        "ran into its limit",
        "timeout",
        "still compiling",
    )
    assert "--timeout" in str(told.hint)


def test_the_context_of_a_failed_import_may_tell_more() -> None:
    failure = StepFailed(
        "x.whl: 1 of 1 module cannot be imported",
        context="ImportError: /x.so: undefined symbol: ffi_call\x1b[2J",
        rule="import-failed",
    )
    told = explained(failure, b"")
    assert (told.reason, told.rule) == (failure.reason, "undefined-symbol-at-import")
    assert "\x1b" not in told.context
    assert not told.final


def test_an_import_that_fails_for_the_source_s_sake_fails_after_every_strategy() -> None:
    gone = "AttributeError: module 'numpy' has no attribute 'typeDict'"
    told = explained(StepFailed("x.whl: no", context=gone, rule="import-failed"), b"")
    assert (told.rule, told.final) == ("new-numpy", True)
    assert "requires.cap" in str(told.hint)


# --- remembered -----------------------------------------------------------------------------------


def test_a_failure_is_remembered_and_nothing_is_run(rig: Rig) -> None:
    first = rig.run()["demo"]
    second = rig.run()["demo"]
    assert rig.engine.steps == []
    assert (first.remembered, second.remembered is not None) == (None, True)
    for name in ("ending", "phase", "reason", "rule", "context", "hint", "log", "key", "strategy"):
        assert getattr(second, name) == getattr(first, name), name
    assert second.attempts == 0
    assert len(rig.journal.attempts("demo==1@cp39")) == 1


def test_it_is_remembered_as_long_as_one_likes(rig: Rig) -> None:
    when = rig.run()["demo"].remembered or rig.run()["demo"].remembered
    assert rig.run()["demo"].remembered == when


@pytest.mark.parametrize(
    "options", [Options(retry_failed=True), Options(rebuild=frozenset({"demo"}))]
)
def test_it_is_tried_again_when_asked_for(rig: Rig, options: Options) -> None:
    rig.run()
    rig.replies.clear()
    rig.options = options
    assert rig.run()["demo"].ending is Ending.BUILT


def test_it_is_tried_again_when_its_key_has_changed(rig: Rig) -> None:
    rig.run()
    rig.replies.clear()
    rig.recipe = recipe_with(env={"CFLAGS": "-O1"})
    assert rig.run()["demo"].ending is Ending.BUILT


def test_another_porter_tries_again(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.run()
    rig.replies.clear()
    monkeypatch.setattr(failures_module, "__version__", "999")
    assert rig.run()["demo"].ending is Ending.BUILT


def test_a_success_since_then_is_what_counts(rig: Rig) -> None:
    rig.run()
    rig.replies.clear()
    rig.options = Options(retry_failed=True)
    rig.run()
    rig.options = Options()
    for kept in rig.workspace.artifacts.rglob("*.whl"):
        kept.unlink()
    assert rig.run()["demo"].ending is Ending.BUILT


def test_an_interrupted_attempt_is_no_failure(rig: Rig) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    rig.fails("demo", "build_wheel", Reply(act=interrupt))
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    rig.replies.clear()
    assert rig.run()["demo"].ending is Ending.BUILT


def test_what_cannot_be_fetched_is_asked_for_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, missing=["demo-1.tar.gz"])
    assert rig.run()["demo"].phase is Phase.FETCH
    rig.missing = []
    assert rig.run()["demo"].ending is Ending.BUILT


def test_what_cannot_be_fetched_leaves_what_is_remembered(rig: Rig) -> None:
    first = rig.run()["demo"]
    rig.missing = ["demo-1.tar.gz"]
    assert rig.run()["demo"].phase is Phase.FETCH
    rig.missing = []
    again = rig.run()["demo"]
    assert (again.reason, again.remembered is not None) == (first.reason, True)


def test_a_disk_that_was_full_is_tried_again(rig: Rig) -> None:
    rig.fails("demo", "build_wheel", Reply((b"No space left on device\n",), code=1))
    assert rig.run()["demo"].rule == "disk-full"
    rig.replies.clear()
    assert rig.run()["demo"].ending is Ending.BUILT


@pytest.mark.parametrize(
    ("reply", "rule", "mended"),
    [
        (Reply(seconds=50), "timeout", Options(timeout=60, memory=5)),
        (Reply(quiet=50), "silent", Options(timeout=40, silence=60, memory=5)),
        (Reply(code=137, out_of_memory=True), "out-of-memory", Options(timeout=40, memory=9)),
    ],
)
def test_a_limit_is_remembered_as_long_as_it_is_the_same(
    rig: Rig, reply: Reply, rule: str, mended: Options
) -> None:
    rig.fails("demo", "build_wheel", reply)
    rig.options = Options(timeout=40, silence=30, memory=5)
    assert rig.run()["demo"].rule == rule
    assert rig.run()["demo"].remembered
    assert rig.run()["demo"].reason
    rig.replies.clear()
    rig.options = mended
    assert rig.run()["demo"].ending is Ending.BUILT


def test_a_crash_of_the_emulator_is_tried_again(rig: Rig) -> None:
    crash = b"qemu: uncaught target signal 11 (Segmentation fault) - core dumped\n"
    rig.fails("demo", "build_wheel", Reply((crash,), code=1))
    assert rig.run()["demo"].rule == "emulator-crash"
    rig.replies.clear()
    assert rig.run()["demo"].ending is Ending.BUILT


@pytest.mark.parametrize("origin", ["host", "debian"])
def test_a_tool_installed_here_since_is_tried_where_builds_see_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    rig.kits.origin = origin
    monkeypatch.setattr(failures_module, "host_tools", lambda: {"make": Path("/usr/bin/make")})
    rig.run()
    assert rig.run()["demo"].remembered
    rig.replies.clear()
    found = {name: Path("/usr/bin", name) for name in ("make", "swig")}
    monkeypatch.setattr(failures_module, "host_tools", lambda: found)
    assert (rig.run()["demo"].ending is Ending.BUILT) is (origin == "host")


def test_a_changed_limit_does_not_retry_a_missing_header(rig: Rig) -> None:
    rig.run()
    rig.options = Options(timeout=60)
    assert rig.run()["demo"].remembered


def test_each_strategy_has_its_own_memory(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    for number, rung in enumerate(LADDER):
        rig.fails("demo", "build_wheel", Reply((b"KeyError: %d\n" % number,), code=1), rung=rung)
    first = rig.run()["demo"]
    assert first.reason == "its build ends in a Python exception: KeyError: 2"
    second = rig.run()["demo"]
    assert rig.engine.steps == []
    assert (second.strategy, second.warnings) == (first.strategy, first.warnings)
    rig.rungs = (Strategy.EMULATED, Strategy.NATIVE)
    assert rig.run()["demo"].strategy is Strategy.NATIVE
    assert rig.built == ["demo (native)"]


def test_a_failure_for_every_strategy_is_remembered_as_one(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.fails("demo", "build_wheel", Reply((b"setup command: use_2to3 is invalid.\n",), code=1))
    assert rig.run()["demo"].strategy is Strategy.CROSS
    assert rig.run()["demo"].strategy is Strategy.CROSS
    assert rig.engine.steps == []


def test_what_a_remembered_failure_blocks_is_blocked(tmp_path: Path) -> None:
    rig = Rig(tmp_path, plan([node("a"), node("b")], needs(node("b"), node("a")), "b"))
    rig.fails("a", "build_wheel", LACKS)
    for _ in range(2):
        outcomes = rig.run()
        assert outcomes["b"].blocked_by == ("a==1@cp39",)


# --- a proof that failed --------------------------------------------------------------------------


@pytest.fixture
def unproved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    def verify(*_: object, **__: object) -> None:
        raise StepFailed("demo cannot be imported", rule="import-failed")

    monkeypatch.setattr(proof_module, "verify", verify)
    rig = Rig(tmp_path, DEMO)
    rig.kits.proved_in = target_root()
    assert rig.run()["demo"].phase is Phase.VERIFY
    return rig


def test_a_failed_proof_is_remembered(unproved: Rig) -> None:
    assert unproved.run()["demo"].remembered
    assert unproved.built == []


@pytest.mark.parametrize(
    "recipe",
    [
        recipe_with(tests=Tests(known_failures={"a": "b"})),
        recipe_with(upstream_only={"demo._fast": "for x86 alone"}),
        recipe_with(unimportable={"demo._pins": "drives hardware"}),
    ],
)
def test_another_recipe_for_a_proof_is_tried(unproved: Rig, recipe: Recipe) -> None:
    unproved.recipe = recipe
    assert not unproved.run()["demo"].remembered
    assert unproved.built == ["demo (cross)"]


def test_another_level_of_proof_is_tried(unproved: Rig) -> None:
    unproved.options = Options(verify="tests")
    assert not unproved.run()["demo"].remembered


def test_a_proof_in_another_root_is_tried(unproved: Rig) -> None:
    unproved.kits.proved_in = NOWHERE
    assert not unproved.run()["demo"].remembered
