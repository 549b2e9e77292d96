from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fakes import building
from fakes.attempts import PLATFORM
from fakes.crates import FakeCrate, lock
from fakes.engine import Inside, Reply
from fakes.running import NOWHERE, Rig, target_root
from porter.crates import Supply
from porter.errors import EngineError, ImageError, StepFailed
from porter.model import Ending, Interpreter, Phase, State, Strategy
from porter.recipes import SystemPackages
from porter.recipes.schema import Tests
from porter.repair import Repaired, repair
from porter.run import Options, PortEnded, results_of
from porter.run import proof as proof_module
from porter.run.attempt import NO_KEY
from porter.run.events import PhaseStarted, RungFailed
from porter.run.kits import Proving
from porter.run.port import there
from porter.verify import Level, Upstream, Verified
from unit.graph.plans import artifact, needs, node, plan, tool
from unit.recipes.rules import recipe_with

CROSS, ACCELERATED, EMULATED = Strategy.CROSS, Strategy.ACCELERATED, Strategy.EMULATED
LADDER = (CROSS, ACCELERATED, EMULATED)
DEMO = plan([node("demo"), tool("setuptools")], needs(node("demo"), tool("setuptools")), "demo==1")
ONES = FakeCrate("ones", "1.0.3", {"src/lib.rs": "// one"})
BROKEN = Reply((b"gcc: error: no\n",), code=1)
MISSING = b"a.c:1:10: fatal error: ffi.h: No such file or directory\n"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, DEMO)


def test_a_port_goes_all_the_way(rig: Rig) -> None:
    outcome = rig.run()["demo"]
    assert outcome.ending is Ending.BUILT
    assert (outcome.strategy, outcome.engine, outcome.attempts) == (CROSS, "fake", 1)
    assert outcome.warnings == ("not verified: there is no target here",)
    assert (rig.workspace.wheelhouse / str(outcome.wheel)).is_file()
    assert outcome.log == ".porter/logs/demo-1-cp39/1.log"
    log = (rig.folder / outcome.log).read_text()
    assert "prepare (cross)" in log
    assert "compiling" in log
    phases = [event.phase for event in rig.events if isinstance(event, PhaseStarted)]
    assert phases == list(Phase)
    assert isinstance(rig.events[-1], PortEnded)


def test_a_wheel_of_an_index_whose_record_disagrees_is_told_of(rig: Rig) -> None:
    rig.misrecorded = ["setuptools-1-py3-none-any.whl"]
    outcome = rig.run()["demo"]
    assert outcome.ending is Ending.BUILT
    assert outcome.warnings[0] == (
        "setuptools-1-py3-none-any.whl: RECORD and its files disagree: setuptools.py is not listed "
        "and 2 more; it was installed all the same, as pip does"
    )


def test_all_that_goes_into_a_build_is_fetched_before_it(rig: Rig) -> None:
    rig.missing = ["setuptools-1-py3-none-any.whl"]
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.FETCH)


def test_a_recipe_whose_strategy_cannot_work_here_fails_its_port_alone(tmp_path: Path) -> None:
    rig = Rig(tmp_path, plan([node("demo"), node("other")], [], "demo==1", "other==1"))
    rig.refused = {"demo": "its recipe's strategy cannot work"}
    outcomes = rig.run()
    demo = outcomes["demo"]
    assert (demo.ending, demo.reason) == (Ending.FAILED, "its recipe's strategy cannot work")
    assert "--strategy" in (demo.hint or "")
    assert outcomes["other"].ending is Ending.BUILT
    assert rig.built == ["other (cross)"]


def test_a_port_without_a_build_environment_fails_alone(tmp_path: Path) -> None:
    demo = replace(node("demo"), obstacle="nothing meets tool>9\ntool>9 was asked for")
    rig = Rig(tmp_path, plan([demo, node("other")], [], "demo==1", "other==1"))
    outcomes = rig.run()
    outcome = outcomes["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.PREPARE)
    assert (outcome.reason, outcome.context) == ("nothing meets tool>9", "tool>9 was asked for")
    assert "recipes/demo.toml" in (outcome.hint or "")
    assert rig.built == ["other (cross)"]


def test_the_second_time_nothing_is_done(rig: Rig) -> None:
    first = rig.run()["demo"]
    second = rig.run()["demo"]
    assert second.ending is Ending.CACHED
    assert (second.key, second.sha256, second.log) == (first.key, first.sha256, first.log)
    assert (rig.engine.steps, rig.fetched) == ([], [])
    assert [type(event) for event in rig.events] == [PortEnded]


def test_a_wheel_missing_from_the_wheelhouse_is_put_there_again(rig: Rig) -> None:
    wheel = rig.workspace.wheelhouse / str(rig.run()["demo"].wheel)
    wheel.unlink()
    assert rig.run()["demo"].ending is Ending.CACHED
    assert wheel.is_file()


def test_a_damaged_artifact_is_built_again(rig: Rig) -> None:
    rig.run()
    for kept in rig.workspace.artifacts.rglob("*.whl"):
        kept.write_bytes(b"damaged")
    assert rig.run()["demo"].ending is Ending.BUILT
    assert rig.built == ["demo (cross)"]


def test_a_plan_with_another_time_of_upload_builds_again(tmp_path: Path) -> None:
    for day in (1, 2):
        source = replace(artifact("demo-1.tar.gz"), upload_time=datetime(2020, 1, day, tzinfo=UTC))
        rig = Rig(tmp_path, plan([replace(node("demo"), source=source)], [], "demo==1"))
        assert rig.run()["demo"].ending is Ending.BUILT


def test_what_shall_be_rebuilt_is(rig: Rig) -> None:
    rig.run()
    rig.options = Options(rebuild=frozenset({"demo"}))
    assert rig.run()["demo"].ending is Ending.BUILT


def test_a_finished_port_leaves_no_scratch_and_a_failed_one_does(rig: Rig) -> None:
    rig.fails("demo", "build_wheel", BROKEN)
    rig.run()
    assert (rig.workspace.work / "demo-1-cp39" / "src" / "setup.py").is_file()
    rig.replies.clear()
    rig.options = Options(retry_failed=True)
    rig.run()
    assert not list(rig.workspace.work.iterdir())


def test_every_attempt_has_a_log_of_its_own(rig: Rig) -> None:
    rig.fails("demo", "build_wheel", BROKEN)
    rig.options = Options(retry_failed=True)
    logs = [rig.run()["demo"].log for _ in range(3)]
    assert logs == [f".porter/logs/demo-1-cp39/{number}.log" for number in (1, 2, 3)]


def test_the_log_of_an_interrupted_attempt_is_kept(rig: Rig) -> None:
    def interrupt(_: Any) -> None:
        raise KeyboardInterrupt

    rig.fails("demo", "build_wheel", Reply(act=interrupt))
    with pytest.raises(KeyboardInterrupt):
        rig.run()
    rig.replies.clear()
    assert rig.run()["demo"].log == ".porter/logs/demo-1-cp39/2.log"


def test_a_source_with_fortran_gets_its_compiler(rig: Rig) -> None:
    rig.sources = {"src/solve.f90": ""}
    assert rig.run()["demo"].ending is Ending.BUILT
    assert [packages.apt for packages in rig.kits.asked[-2:]] == [(), ("gfortran",)]
    assert rig.run()["demo"].ending is Ending.CACHED
    rig.sources = {}
    rig.run()
    assert rig.kits.asked[-1].apt == ()


@pytest.mark.parametrize("rung", LADDER)
def test_a_source_with_openmp_gets_what_porters_own_compiler_lacks(
    rig: Rig, rung: Strategy
) -> None:
    rig.rungs = (rung,)
    rig.sources = {"src/sum.c": "#pragma omp parallel", "setup.py": "['-fopenmp']"}
    assert rig.run()["demo"].ending is Ending.BUILT
    wanted = ("libomp-dev",) if rung is not EMULATED else ()
    assert rig.kits.asked[-1].apt == wanted
    assert rig.run()["demo"].ending is Ending.CACHED


@pytest.mark.parametrize("driver", ["maturin", "setuptools-rust"])
def test_what_drives_cargo_gets_it(tmp_path: Path, driver: str) -> None:
    needing = needs(node("demo"), tool(driver))
    rig = Rig(tmp_path, plan([node("demo"), tool(driver)], needing, "demo==1"))
    rig.run()
    assert rig.kits.asked[-1].apt == ("cargo",)


@pytest.fixture
def rusty(tmp_path: Path) -> Rig:
    """A package with a lock, on all rungs."""
    needing = needs(node("demo"), tool("maturin"))
    rig = Rig(tmp_path, plan([node("demo"), tool("maturin")], needing, "demo==1"), LADDER)
    rig.sources = {"Cargo.lock": lock(FakeCrate("demo", "1.0.0", {}, ("ones",)), [ONES])}
    return rig


def test_a_build_has_the_crates_its_lock_names(rusty: Rig) -> None:
    seen = []

    def look(inside: Inside) -> None:
        seen.append(inside.read("/porter/cargo/crates/ones-1.0.3/src/lib.rs").read_text())
        seen.append(inside.step.env["CARGO_HOME"])

    rusty.registry = {ONES.sha256: ONES}
    rusty.fails("demo", "build_wheel", Reply(code=1, act=look))
    outcome = rusty.run()["demo"]
    assert seen[:2] == ["// one", "/porter/cargo"]
    log = (rusty.folder / str(outcome.log)).read_text()
    assert "crates to fetch, by its Cargo.lock: 1" in log


def test_a_registry_that_cannot_be_reached_ends_the_port_and_is_tried_again(rusty: Rig) -> None:
    outcome = rusty.run()["demo"]
    assert (outcome.ending, outcome.phase, outcome.attempts) == (Ending.FAILED, Phase.PREPARE, 1)
    assert outcome.rule == "crate-registry"
    rusty.registry = {ONES.sha256: ONES}
    assert rusty.run()["demo"].ending is Ending.BUILT


def test_a_cargo_that_is_not_to_be_had_is_the_port_s_failure(rusty: Rig) -> None:
    def lacking(_crates: object, _kit: object) -> Supply:
        raise ImageError("cargo is not here, and porter is offline", hint="Build it once.")

    rusty.crates = lacking
    outcome = rusty.run()["demo"]
    assert (outcome.ending, outcome.attempts) == (Ending.FAILED, 1)
    assert (outcome.reason, outcome.hint) == (
        "cargo is not here, and porter is offline",
        "Build it once.",
    )


def test_a_rust_that_is_too_old_is_no_better_on_another_rung(rusty: Rig) -> None:
    rusty.registry = {ONES.sha256: ONES}
    said = b"error: package `ones v1.0.3` cannot be built because it requires rustc 1.99 or newer\n"
    rusty.fails("demo", "build_wheel", Reply((said,), code=101))
    outcome = rusty.run()["demo"]
    assert (outcome.rule, outcome.attempts) == ("rust-too-old", 1)


def test_what_takes_no_crates_has_cargos_home_left_alone(rusty: Rig) -> None:
    rusty.sources = {}
    assert rusty.run()["demo"].ending is Ending.BUILT
    assert all("CARGO_HOME" not in step.env for step in rusty.engine.steps)


def test_a_wheel_that_lost_a_module_of_upstreams_fails_in_verify(tmp_path: Path) -> None:
    names = ("demo.py", "_demo.cpython-39-x86_64-linux-gnu.so")
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.upstream = Upstream("demo-1-cp39-cp39-manylinux1_x86_64.whl", names, None, pure_too=False)
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.VERIFY)
    assert "lacks the extension module _demo, which upstream's" in str(outcome.reason)
    assert rig.built == ["demo (cross)", "demo (accelerated)"]  # the same on both: no third one
    assert not list(rig.workspace.wheelhouse.glob("*.whl"))


def test_with_what_a_wheel_was_compared_is_told_again(rig: Rig) -> None:
    first = rig.run()["demo"]
    assert first.parity == "nothing to compare with: no index has a wheel of this release for Linux"
    assert len(first.sizes) == 2
    second = rig.run()["demo"]
    assert (second.ending, second.parity) == (Ending.CACHED, first.parity)
    assert second.sizes == first.sizes


# --- the ladder -----------------------------------------------------------------------------------


def test_the_next_strategy_is_tried_and_the_failure_recorded(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.fails("demo", "build_wheel", BROKEN, rung="cross")
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.strategy, outcome.attempts) == (Ending.BUILT, ACCELERATED, 2)
    (failed,) = [event for event in rig.events if isinstance(event, RungFailed)]
    assert (failed.phase, failed.strategy, failed.next) == (Phase.BUILD, CROSS, ACCELERATED)
    assert any("cross failed in build" in warning for warning in outcome.warnings)
    assert [row.outcome for row in rig.journal.attempts("demo==1@cp39")] == ["failed", "built"]
    assert rig.built == ["demo (cross)", "demo (accelerated)"]


def test_when_every_strategy_fails_the_last_failure_is_the_outcome(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    for code, rung in enumerate(LADDER, start=1):
        rig.fails("demo", "build_wheel", Reply((b"no luck\n",), code=code), rung=rung)
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.phase, outcome.strategy) == (
        Ending.FAILED,
        Phase.BUILD,
        EMULATED,
    )
    assert outcome.context == "no luck"
    assert len(outcome.warnings) == 2
    assert outcome.attempts == 3


@pytest.mark.parametrize("final", [False, True])
def test_strategies_that_cannot_work_here_are_told_where_one_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, final: bool
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StepFailed("no luck", final=final)

    rig = Rig(tmp_path, DEMO, left_out=("accelerated was not tried: no QEMU",))
    assert rig.left_out[0] not in rig.run()["demo"].warnings
    monkeypatch.setattr("porter.run.actions.prepare", refuse)
    rig.options = Options(rebuild=frozenset({"demo"}))
    assert rig.run()["demo"].warnings == (() if final else rig.left_out)


def test_the_same_failure_twice_ends_the_climb(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.fails("demo", "build_wheel", Reply((MISSING,), code=1))
    assert rig.run()["demo"].strategy is ACCELERATED
    assert rig.built == ["demo (cross)", "demo (accelerated)"]


@pytest.mark.parametrize(
    "said", [b"a.c:4:22: error: function definition is not allowed here\n", b"no luck\n"]
)
def test_what_one_compiler_refuses_twice_another_may_take(tmp_path: Path, said: bytes) -> None:
    """The strategies cross and accelerated have the same one."""
    rig = Rig(tmp_path, DEMO, LADDER)
    for rung in LADDER[:2]:
        rig.fails("demo", "build_wheel", Reply((said,), code=1), rung=rung)
    assert rig.run()["demo"].strategy is EMULATED
    assert rig.built == [f"demo ({rung})" for rung in LADDER]


@pytest.mark.parametrize("rule", ["unfit-binary", "nothing-compiled"])
def test_what_one_linker_makes_unfit_twice_another_may_make_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)

    def refuse(raw: Path, **how: Any) -> Repaired:
        if len(rig.built) < len(LADDER):
            raise StepFailed("demo.whl: a.so does not fit", rule=rule)
        return repair(raw, **how)

    monkeypatch.setattr("porter.run.actions.repair", refuse)
    assert rig.run()["demo"].strategy is EMULATED


def test_a_symbol_that_is_missing_twice_another_compiler_may_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.kits.proved_in = target_root()

    def verify(*_: object, **__: object) -> Verified:
        if len(rig.built) < len(LADDER):
            lines = "ImportError: /demo.so: undefined symbol: __atomic_load_16"
            raise StepFailed("demo cannot be imported", context=lines, rule="import-failed")
        return Verified(Level.IMPORT, modules=1)

    monkeypatch.setattr(proof_module, "verify", verify)
    assert rig.run()["demo"].strategy is EMULATED


@pytest.mark.parametrize(
    "said",
    [
        b"a.c:2:10: fatal error: 'omp.h' file not found\n",
        b"a.c:7:1: error: inline assembly requires more registers than available\n",
    ],
)
def test_a_strategy_whose_compiler_is_known_to_lack_it_is_not_tried(
    tmp_path: Path, said: bytes
) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.fails("demo", "build_wheel", Reply((said,), code=1), rung=CROSS)
    assert rig.run()["demo"].strategy is EMULATED
    assert rig.built == ["demo (cross)", "demo (emulated)"]


def test_a_failure_that_lies_in_the_source_is_not_tried_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StepFailed("the sdist is hostile", final=True)

    monkeypatch.setattr("porter.run.actions.prepare", refuse)
    rig = Rig(tmp_path, DEMO, LADDER)
    outcome = rig.run()["demo"]
    assert (outcome.phase, outcome.strategy, outcome.attempts) == (Phase.PREPARE, CROSS, 1)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ("other-1-py3-none-any.whl", "makes a wheel of other 1, not of demo 1"),
        ("demo-1.1-py3-none-any.whl", "makes a wheel of demo 1.1, not of demo 1"),
        ("demo-1.whl", "which is no wheel"),
    ],
)
def test_a_wheel_of_another_release_is_refused(tmp_path: Path, made: str, words: str) -> None:
    rig = Rig(tmp_path, DEMO)
    rig.fails("demo", "build_wheel", building.wheel(made))
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.BUILD)
    assert words in str(outcome.reason)


def test_what_cannot_be_fetched_is_not_tried_otherwise(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER, missing=["demo-1.tar.gz"])
    outcome = rig.run()["demo"]
    assert (outcome.phase, outcome.strategy) == (Phase.FETCH, CROSS)
    attempt = rig.journal.newest(PLATFORM)["demo==1@cp39"]
    assert (attempt.outcome, attempt.reason) == ("failed", outcome.reason)
    assert not [event for event in rig.events if isinstance(event, RungFailed)]


# --- what is not here -----------------------------------------------------------------------------

CP312 = Interpreter(3, 12)
OLD, NEW = node("old"), replace(node("new"), interpreter=CP312)
TOP = replace(node("top"), interpreter=CP312)
SEVERAL = plan([OLD, NEW, TOP], needs(TOP, NEW), "old", "top")


def test_an_interpreter_that_is_not_to_be_had_does_not_stop_the_others(tmp_path: Path) -> None:
    rig = Rig(tmp_path, SEVERAL)
    rig.kits.lacking = lambda _, interpreter, __: interpreter == CP312
    outcomes = rig.run()
    assert outcomes["old"].ending is Ending.BUILT
    new = outcomes["new"]
    assert (new.ending, new.phase, new.rule) == (Ending.FAILED, Phase.FETCH, "no-root")
    assert (new.reason, new.hint) == ("no CPython 3.12 is here", "install it")
    assert outcomes["top"].blocked_by == (new.id,)
    attempt = rig.journal.newest(PLATFORM)[new.id]
    assert (attempt.outcome, attempt.phase, attempt.rule) == ("failed", "fetch", "no-root")
    assert (attempt.reason, attempt.strategy, attempt.key) == (new.reason, CROSS, NO_KEY)


def test_where_no_interpreter_is_to_be_had_that_is_no_package_s_failure(tmp_path: Path) -> None:
    rig = Rig(tmp_path, SEVERAL)
    rig.kits.lacking = lambda *_: True
    with pytest.raises(ImageError, match=r"no CPython 3\.\d+ is here"):
        rig.run()


def test_what_failed_before_it_could_begin_has_nothing_of_the_rung_before(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER[:2])
    rig.kits.lacking = lambda strategy, *_: strategy is ACCELERATED
    rig.fails("demo", "build_wheel", Reply((MISSING,), code=1))
    outcome = rig.run()["demo"]
    assert (outcome.phase, outcome.strategy, outcome.rule) == (Phase.FETCH, ACCELERATED, "no-root")
    assert (outcome.key, outcome.log, outcome.context) == (None, None, "")
    first, second = rig.journal.attempts("demo==1@cp39")
    assert (first.rule, first.log) == ("missing-header", ".porter/logs/demo-1-cp39/1.log")
    assert (second.rule, second.log, second.key, second.context) == ("no-root", None, NO_KEY, "")


def test_what_cross_lacks_another_strategy_may_have(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO, LADDER)
    rig.kits.lacking = lambda strategy, *_: strategy is CROSS
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.strategy) == (Ending.BUILT, ACCELERATED)
    assert outcome.warnings[0] == "cross failed in fetch: no CPython 3.9 is here"


def test_system_packages_that_are_not_to_be_had_are_one_port_s_failure(tmp_path: Path) -> None:
    first, second = node("first"), node("second")
    rig = Rig(tmp_path, plan([first, second], [], "first", "second"))
    rig.kits.lacking = lambda _, __, packages: bool(packages.apt)
    rig.run()
    rig.options = Options(rebuild=frozenset({"first", "second"}))
    rig.sources = {"solve.f90": ""}
    outcomes = rig.run()
    assert {outcome.ending for outcome in outcomes.values()} == {Ending.FAILED}


@pytest.mark.parametrize("lacking", ["a", "z"])
def test_a_recipe_s_packages_that_are_not_to_be_had_do_not_end_the_run(
    tmp_path: Path, lacking: str
) -> None:
    """Whichever port comes first."""
    rig = Rig(tmp_path, plan([node(lacking), node("m")], [], lacking, "m"))
    rig.workspace.recipes.mkdir()
    recipe = 'reason = "a test"\n[[release]]\nsystem.apt = ["libhdf5-dev"]\n'
    (rig.workspace.recipes / f"{lacking}.toml").write_text(recipe)
    rig.kits.lacking = lambda _, __, packages: bool(packages.apt)
    outcomes = rig.run()
    assert (outcomes[lacking].ending, outcomes[lacking].rule) == (Ending.FAILED, "no-root")
    assert outcomes["m"].ending is Ending.BUILT


def test_a_root_that_no_package_is_missing_from_ends_the_run(tmp_path: Path) -> None:
    rig = Rig(tmp_path, DEMO)
    rig.recipe = recipe_with(system=SystemPackages(apt=("libhdf5-dev",)))
    rig.kits.lacking = lambda *_: True
    with pytest.raises(ImageError):
        rig.run()


# --- what waits for what --------------------------------------------------------------------------


def test_a_failure_blocks_its_cone_and_names_the_root_cause(tmp_path: Path) -> None:
    a, b, c, d = (node(name) for name in "abcd")
    rig = Rig(tmp_path, plan([a, b, c, d], [*needs(c, b), *needs(b, a)], "c", "d"))
    rig.fails("a", "build_wheel", BROKEN)
    outcomes = rig.run()
    endings = {name: outcome.ending for name, outcome in outcomes.items()}
    assert endings == {
        "a": Ending.FAILED,
        "b": Ending.BLOCKED,
        "c": Ending.BLOCKED,
        "d": Ending.BUILT,
    }
    assert outcomes["c"].blocked_by == ("a==1@cp39",)
    assert outcomes["c"].reason == "waits for a==1@cp39"


def test_nothing_is_built_that_waits_for_a_missing_source(tmp_path: Path) -> None:
    top, gone = node("top"), node("gone", State.NO_SOURCE)
    rig = Rig(tmp_path, plan([top, gone], needs(top, gone), "top"))
    outcomes = rig.run()
    assert outcomes["gone"].ending is Ending.NO_SOURCE
    assert outcomes["top"].ending is Ending.BLOCKED
    assert outcomes["top"].blocked_by == ("gone==1@cp39",)
    assert rig.engine.steps == []


def test_a_wheel_of_this_run_goes_into_the_next_build(tmp_path: Path) -> None:
    top, need = node("top"), tool("need", State.PORT)
    rig = Rig(tmp_path, plan([top, need], needs(top, need), "top"))
    outcomes = rig.run()
    assert {outcome.ending for outcome in outcomes.values()} == {Ending.BUILT}
    attempt = rig.journal.last("top==1@cp39", PLATFORM)
    assert attempt
    assert attempt.inputs["environment"] == {outcomes["need"].wheel: outcomes["need"].sha256}


def test_ports_that_need_each_other_are_both_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = node("a"), node("b")
    seen = _proving(monkeypatch, Verified(Level.IMPORT, modules=1))
    rig = Rig(tmp_path, plan([a, b], [*needs(a, b), *needs(b, a)], "a"))
    rig.kits.proved_in = target_root()
    outcomes = rig.run()
    assert {outcome.ending for outcome in outcomes.values()} == {Ending.BUILT}
    assert outcomes["a"].warnings == ("verified without b==1@cp39, which needs it itself",)
    assert [len(call["dependencies"]) for call in seen] == [0, 1]


def test_trouble_of_porter_s_own_ends_the_run_and_keeps_what_is_finished(tmp_path: Path) -> None:
    def gone(_: Any) -> None:
        raise EngineError("the engine went away")

    rig = Rig(tmp_path, plan([node("a"), node("b")], needs(node("b"), node("a")), "b"))
    rig.fails("b", "build_wheel", Reply(act=gone))
    with pytest.raises(EngineError, match="went away"):
        rig.run()
    rig.replies.clear()
    outcomes = rig.run()
    assert (outcomes["a"].ending, outcomes["b"].ending) == (Ending.CACHED, Ending.BUILT)


# --- proof ----------------------------------------------------------------------------------------


def _proving(monkeypatch: pytest.MonkeyPatch, verified: Verified) -> list[dict[str, Any]]:
    """Let every verification end so; the calls."""
    calls: list[dict[str, Any]] = []

    def verify(_wheel: Path, **how: Any) -> Verified:
        calls.append(how)
        return verified

    monkeypatch.setattr(proof_module, "verify", verify)
    return calls


def test_a_wheel_is_proved_further_and_not_built_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.kits.proved_in = target_root()
    rig.options = Options(verify="none")
    _proving(monkeypatch, Verified(Level.NONE, warnings=("not verified: not asked for",)))
    assert rig.run()["demo"].verified == "none"
    rig.options = Options(verify="import")
    _proving(monkeypatch, Verified(Level.IMPORT, modules=3))
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.verified, outcome.modules) == (Ending.CACHED, "import", 3)
    assert outcome.warnings == ()
    assert rig.built == []
    again = rig.run()["demo"]
    assert (again.ending, again.verified, again.modules) == (Ending.CACHED, "import", 3)


def test_a_wheel_is_proved_where_there_is_a_root_now_and_not_built_again(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = _proving(monkeypatch, Verified(Level.IMPORT, modules=1))
    another = Proving(replace(there(target_root().root), digest="sha256:another"))
    for place, proofs in ((target_root(), 1), (NOWHERE, 1), (target_root(), 1), (another, 2)):
        rig.kits.proved_in = place
        outcome = rig.run()["demo"]
        assert (outcome.verified, len(calls)) == ("import", proofs)
    assert outcome.ending is Ending.CACHED
    assert rig.journal.durations().keys() == {"demo"}
    assert len(rig.journal.attempts("demo==1@cp39")) == 2
    rig.options = Options(verify="none")
    rig.kits.proved_in = target_root()
    assert rig.run()["demo"].ending is Ending.CACHED
    assert len(calls) == 2


def test_what_was_built_without_a_root_is_proved_once_there_is_one(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rig.run()["demo"].verified == "none"
    rig.kits.proved_in = target_root()
    _proving(monkeypatch, Verified(Level.IMPORT, modules=1))
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.verified, rig.built) == (Ending.CACHED, "import", [])


def test_a_wheel_is_proved_beside_what_its_users_have_it_with(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.kits.proved_in = target_root()
    rig.options = Options(verify="tests")
    tests = Tests(modules=("demo.tests",), requires=("main", "pytest"))
    rig.recipe = recipe_with(imported_with=("main=={version}",), tests=tests)
    calls = _proving(monkeypatch, Verified(Level.TESTS))
    first = rig.run()["demo"]
    (call,) = calls
    assert [path.name for path in call["dependencies"]] == ["main-1-py3-none-any.whl"]
    assert call["before"] == call["dependencies"]
    assert [path.name for path in call["suite"].wheels] == ["pytest-1-py3-none-any.whl"]
    assert "imported after main-1-py3-none-any.whl, as its recipe says" in first.warnings
    assert set(rig.asked_for) == {"main==1", "main", "pytest"}
    # It is no part of a key.
    rig.recipe = None
    assert rig.run()["demo"].key == first.key


@pytest.mark.parametrize(("verify", "packages"), [("import", ("libx11-6",)), ("none", ())])
def test_libraries_the_policies_leave_to_the_system_are_there_for_the_proof(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, verify: str, packages: tuple[str, ...]
) -> None:
    rig.kits.proved_in = target_root()
    rig.options = Options(verify=verify)
    _proving(monkeypatch, Verified(Level.IMPORT, modules=1))
    monkeypatch.setattr(proof_module, "left_to_the_system", lambda _: {"libX11.so.6"})
    warning = rig.run()["demo"].warnings[-1]
    assert warning.startswith("needs libX11.so.6 of the system, as every manylinux policy allows")
    assert rig.kits.proved_with[-1].apt == packages


def test_the_time_limit_holds_for_the_proof_too(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.kits.proved_in = target_root()
    rig.options = Options(timeout=7)
    calls = _proving(monkeypatch, Verified(Level.IMPORT))
    rig.run()
    assert calls[0]["limits"].seconds == 7


def test_a_kept_wheel_that_fails_its_proof_is_built_on_the_next_rung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, DEMO, LADDER, options=Options(verify="none"))
    rig.kits.proved_in = target_root()
    rig.run()

    def verify(_wheel: Path, **_how: Any) -> Verified:
        if rig.built:
            return Verified(Level.IMPORT, modules=1)
        raise StepFailed("demo cannot be imported")

    monkeypatch.setattr(proof_module, "verify", verify)
    rig.options = Options()
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.strategy) == (Ending.BUILT, ACCELERATED)
    assert rig.built == ["demo (accelerated)"]


def test_tests_in_the_source_get_it_and_leave_their_results_beside_the_log(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.kits.proved_in = target_root()
    rig.options = Options(verify="tests")
    rig.recipe = recipe_with(tests=Tests(files=("tests",), command=("python", "-m", "t")))
    calls = _proving(monkeypatch, Verified(Level.TESTS, tests=3))
    outcome = rig.run()["demo"]
    suite = calls[-1]["suite"]
    assert (suite.files, suite.command) == (("tests",), ("python", "-m", "t"))
    assert suite.source.name == "demo-1.tar.gz"
    assert calls[-1]["limits"].seconds == 7200
    assert suite.report == results_of(rig.workspace.root / str(outcome.log))


# --- what has a wheel already ---------------------------------------------------------------------

ASKED = plan([node("demo", State.AVAILABLE)], [], "demo")


def test_an_available_wheel_asked_for_is_delivered_and_proved_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, ASKED)
    rig.kits.proved_in = target_root()
    calls = _proving(monkeypatch, Verified(Level.IMPORT, modules=2))
    for _ in range(2):
        outcome = rig.run()["demo"]
        assert (outcome.ending, outcome.modules) == (Ending.AVAILABLE, 2)
        assert outcome.log == ".porter/logs/demo-1-cp39/1.log"
        assert (rig.workspace.wheelhouse / str(outcome.wheel)).is_file()
    assert len(calls) == 1
    assert not list(rig.workspace.work.iterdir())


def test_tests_that_lie_in_a_source_the_plan_leaves_out_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig(tmp_path, ASKED, options=Options(verify="tests"))
    rig.kits.proved_in = target_root()
    rig.recipe = recipe_with(tests=Tests(files=("tests",)))
    calls = _proving(monkeypatch, Verified(Level.IMPORT))
    (warning,) = rig.run()["demo"].warnings
    assert (calls[0]["level"], calls[0]["suite"]) == (Level.IMPORT, None)
    assert "its tests lie in its source, which the plan does not name" in warning


def test_an_available_wheel_that_fails_is_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify(_wheel: Path, **how: Any) -> Verified:
        how["output"](b"Traceback\n")
        raise StepFailed("demo cannot be imported")

    monkeypatch.setattr(proof_module, "verify", verify)
    rig = Rig(tmp_path, ASKED)
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.VERIFY)
    assert outcome.context == "Traceback"
    assert rig.journal.success(str(outcome.key)) is None
    attempt = rig.journal.last("demo==1@cp39", PLATFORM)
    assert attempt
    assert attempt.log == outcome.log


def test_an_available_wheel_that_is_gone_fails_in_fetch(tmp_path: Path) -> None:
    rig = Rig(tmp_path, ASKED, missing=["demo-1-py3-none-any.whl"])
    outcome = rig.run()["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.FETCH)
    without = replace(node("demo", State.AVAILABLE), wheel=None)
    outcome = Rig(tmp_path / "other", plan([without], [], "demo")).run()["demo"]
    assert "names no wheel" in str(outcome.reason)


def test_ports_at_once_come_to_what_one_after_the_other_comes_to(tmp_path: Path) -> None:
    leaves = [node(name) for name in "abcdefgh"]
    top = node("top")
    made = plan([top, *leaves], needs(top, *leaves), "top")
    one, many = Rig(tmp_path / "one", made), Rig(tmp_path / "many", made)
    for rig in (one, many):
        rig.fails("c", building.BUILD, BROKEN)
    alone, together = one.run(), many.run(jobs=4)
    assert {name: (end.ending, end.key) for name, end in together.items()} == {
        name: (end.ending, end.key) for name, end in alone.items()
    }
    assert together["top"].ending is Ending.BLOCKED
    assert sorted(many.built) == sorted(one.built)
    assert sorted(together) == sorted(alone)


def test_only_what_follows_a_change_is_dispatched(tmp_path: Path) -> None:
    made, top, other = tool("made", State.PORT), node("top"), node("other")
    rig = Rig(tmp_path, plan([made, top, other], needs(top, made), "top", "other"))
    rig.run()
    rig.options = Options(rebuild=frozenset({"made"}))
    again = rig.run()
    assert [again[name].ending for name in ("made", "other")] == [Ending.BUILT, Ending.CACHED]
    # A rebuilt wheel that is the same as before changes no key.
    assert again["top"].ending is Ending.CACHED
    begun = [event.node.name for event in rig.events if isinstance(event, PhaseStarted)]
    assert "other" not in begun
    assert {"made", "top"} == set(begun)


HERE, THERE = (f"lib-1-cp39-cp39-manylinux2014_{arch}.whl" for arch in ("x86_64", "aarch64"))
LIB = replace(tool("lib"), wheel=artifact(HERE), target_wheel=artifact(THERE))
BUILT_AGAINST_LIB = plan([node("demo"), LIB], needs(node("demo"), LIB), "demo==1")


@pytest.mark.parametrize(("rung", "taken"), [(CROSS, {HERE, THERE}), (ACCELERATED, {THERE})])
def test_compilers_read_the_target_s_wheels(
    tmp_path: Path, rung: Strategy, taken: set[str]
) -> None:
    rig = Rig(tmp_path, BUILT_AGAINST_LIB, rungs=(rung,))
    assert rig.run()["demo"].ending is Ending.BUILT
    assert {name for name in rig.fetched if name.startswith("lib")} == taken
    (attempt,) = rig.journal.attempts("demo==1@cp39")
    environment = attempt.inputs["environment"]
    assert isinstance(environment, dict)
    assert set(environment) == taken


ONE_SIDED = replace(tool("lib"), wheel=artifact(HERE))
MADE = "lib-1-py3-none-any.whl"
BESIDE = plan([node("demo"), ONE_SIDED, node("lib")], needs(node("demo"), ONE_SIDED), "demo==1")


@pytest.mark.parametrize(("rung", "taken"), [(CROSS, {HERE, MADE}), (ACCELERATED, {MADE})])
def test_compilers_read_the_target_s_wheel_that_the_same_run_builds(
    tmp_path: Path, rung: Strategy, taken: set[str]
) -> None:
    rig = Rig(tmp_path, BESIDE, rungs=(rung,))
    assert rig.run()["demo"].ending is Ending.BUILT
    assert rig.built == [f"lib ({rung})", f"demo ({rung})"]
    (attempt,) = rig.journal.attempts("demo==1@cp39")
    environment = attempt.inputs["environment"]
    assert isinstance(environment, dict)
    assert set(environment) == taken
    again = rig.run()
    assert {outcome.ending for outcome in again.values()} == {Ending.CACHED}


def test_another_target_s_wheel_is_another_key(tmp_path: Path) -> None:
    rig = Rig(tmp_path, BESIDE)
    first = rig.run()["demo"]
    rig.options, rig.content = Options(rebuild=frozenset({"lib"})), {"lib": "changed = True"}
    second = rig.run()["demo"]
    assert second.ending is Ending.BUILT
    assert second.key != first.key


def test_the_target_s_python_is_given_no_wheel_of_another_machine(tmp_path: Path) -> None:
    alone = plan([node("demo"), ONE_SIDED], needs(node("demo"), ONE_SIDED), "demo==1")
    outcome = Rig(tmp_path, alone, rungs=(ACCELERATED,)).run()["demo"]
    assert (outcome.ending, outcome.phase) == (Ending.FAILED, Phase.FETCH)
    assert outcome.reason == "lib 1, which it is built with, has no wheel for aarch64"
    assert (outcome.rule, "--strategy accelerated" in str(outcome.hint)) == ("no-tool", True)


def test_what_the_target_s_python_has_no_tool_for_is_built_by_cross(tmp_path: Path) -> None:
    alone = plan([node("demo"), ONE_SIDED], needs(node("demo"), ONE_SIDED), "demo==1")
    outcome = Rig(tmp_path, alone, rungs=(EMULATED, CROSS)).run()["demo"]
    assert (outcome.ending, outcome.strategy) == (Ending.BUILT, CROSS)


def test_what_serves_builds_is_left_as_it_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repaired: list[str] = []

    def keep(raw: Path, **given: Any) -> Repaired:
        repaired.append(raw.name)
        return repair(raw, **given)

    monkeypatch.setattr("porter.run.actions.repair", keep)
    made = tool("made", State.PORT)
    rig = Rig(tmp_path, plan([made, node("demo")], needs(node("demo"), made), "demo==1"))
    assert {outcome.ending for outcome in rig.run().values()} == {Ending.BUILT}
    assert repaired == ["demo-1-py3-none-any.whl"]
    rig.tool_rungs = (CROSS,)
    rig.options = Options(rebuild=frozenset({"made", "demo"}))
    rig.run()  # not in the root that it will run in: that one may lack a library
    assert repaired[1:] == ["made-1-py3-none-any.whl", "demo-1-py3-none-any.whl"]
