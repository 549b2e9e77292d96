"""One wheel for several interpreters."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import building
from fakes.engine import Inside, Reply
from fakes.running import Rig, target_root
from fakes.wheels import make_wheel
from porter.build.job import MADE
from porter.environment import read_wheel
from porter.errors import StepFailed
from porter.graph import PortGraph
from porter.index.digest import sha256_of
from porter.model import Ending, Interpreter, Node, Phase, Platform, State, Strategy
from porter.run import Capacity, Options, PortEnded, Schedule, StepJob
from porter.run import proof as proof_module
from porter.run.shared import Shared, Shelf
from porter.verify import Level, Verified
from unit.graph.plans import needs, node, plan, tool

ARM = Platform.parse("aarch64", "manylinux2014")
CP36, CP38, CP311 = (Interpreter(3, minor) for minor in (6, 8, 11))
CROSS = Strategy.CROSS
OLD, NEW = node("demo"), replace(node("demo"), interpreter=CP311)
DEP = replace(node("dep", State.AVAILABLE), interpreter=CP311)
PLAN = plan([OLD, NEW, tool("setuptools")], needs(OLD, tool("setuptools")), "demo")


# --- which wheel serves ---------------------------------------------------------------------------


def wheel(folder: Path, tags: str, *lines: str) -> Path:
    text = "".join(f"{line}\n" for line in lines)
    return make_wheel(folder, f"demo-1-{tags}.whl", {}, metadata=text)


def taken(folder: Path, path: Path) -> Shared | None:
    shelf = Shelf(PortGraph(plan([OLD, NEW, DEP], needs(NEW, DEP), "demo")))
    shelf.offer(Shared(OLD.id, path, CROSS, grafted=(), sizes=(), remarks=()))
    return shelf.take(NEW, CROSS, ARM, into=folder / "copy")


@pytest.mark.parametrize(
    ("tags", "serves"),
    [
        ("cp36-abi3-manylinux_2_17_aarch64", True),
        ("cp311-abi3-manylinux_2_17_aarch64", True),
        ("py3-none-any", True),
        ("py3-none-manylinux2014_aarch64", True),
        ("cp312-abi3-manylinux_2_17_aarch64", False),
        ("cp39-cp39-manylinux_2_17_aarch64", False),
        ("cp36-abi3-manylinux_2_17_x86_64", False),
        ("cp36-abi3-manylinux_2_28_aarch64", True),  # what it has grafted asks for it
    ],
)
def test_a_wheel_serves_by_its_tags(tmp_path: Path, tags: str, *, serves: bool) -> None:
    path = wheel(tmp_path, tags, "Requires-Dist: dep")
    shared = taken(tmp_path, path)
    assert (shared is not None) is serves
    if shared:
        path.unlink()
        assert shared.wheel.is_file()


@pytest.mark.parametrize(
    ("lines", "serves"),
    [
        (("Requires-Dist: dep>=1",), True),
        (("Requires-Dist: DEP; python_version > '3.9'",), True),
        (("Provides-Extra: more", "Requires-Dist: dep; extra == 'more'"), True),
        # The setup.py of these looks at the Python that runs it.
        ((), False),
        (("Requires-Dist: dep; python_version < '3.10'",), False),
        (("Requires-Dist: dep", "Requires-Dist: other"), False),
        (("Requires-Dist: dep", "Requires-Python: <3.11"), False),
    ],
)
def test_a_wheel_serves_where_it_asks_for_what_is_planned(
    tmp_path: Path, lines: tuple[str, ...], *, serves: bool
) -> None:
    shared = taken(tmp_path, wheel(tmp_path, "py3-none-any", *lines))
    assert (shared is not None) is serves


@pytest.mark.parametrize(
    ("node", "strategy", "serves"),
    [(NEW, CROSS, True), (OLD, CROSS, False), (NEW, Strategy.EMULATED, False)],
)
def test_neither_its_own_wheel_nor_another_strategy_s(
    tmp_path: Path, node: Node, strategy: Strategy, *, serves: bool
) -> None:
    shelf = Shelf(PortGraph(PLAN))
    path = wheel(tmp_path, "py3-none-any")
    shelf.offer(Shared(OLD.id, path, CROSS, grafted=(), sizes=(), remarks=()))
    shared = shelf.take(node, strategy, ARM, into=tmp_path / "copy")
    assert (shared is not None) is serves


def test_what_has_failed_is_not_taken(tmp_path: Path) -> None:
    shelf = Shelf(PortGraph(PLAN))
    path = wheel(tmp_path, "py3-none-any")
    shelf.offer(Shared(OLD.id, path, CROSS, grafted=(), sizes=(), remarks=()))
    shelf.withdraw(OLD.id)
    assert shelf.take(NEW, CROSS, ARM, into=tmp_path / "copy") is None


@pytest.mark.parametrize(
    ("tags", "line", "misleads"),
    [
        ("py3-none-any", "Requires-Dist: dep; python_version > '3.9'", False),
        ("py3-none-any", "Requires-Dist: other", True),
        ("cp39-none-any", "Requires-Dist: other", False),
    ],
)
def test_a_wheel_misleads_where_its_tags_say_that_it_serves_another_port(
    tmp_path: Path, tags: str, line: str, *, misleads: bool
) -> None:
    shelf = Shelf(PortGraph(plan([OLD, NEW, DEP], needs(NEW, DEP), "demo")))
    path = wheel(tmp_path, tags, line)
    assert shelf.misleads(path, OLD, ARM) is misleads
    assert shelf.misleads(path, OLD, ARM, alone=True) is not tags.startswith("cp39")


# --- a run ----------------------------------------------------------------------------------------


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path, PLAN)


def endings(rig: Rig) -> dict[str, Ending]:
    rig.run()
    ended = (event.outcome for event in rig.events if isinstance(event, PortEnded))
    return {outcome.id: outcome.ending for outcome in ended}


def test_it_is_built_once_and_found_by_both_keys_afterwards(rig: Rig) -> None:
    assert sorted(endings(rig).values()) == [Ending.BUILT, Ending.CACHED]
    assert rig.built == ["demo (cross)"]
    assert len(list(rig.workspace.wheelhouse.glob("*.whl"))) == 1
    assert set(endings(rig).values()) == {Ending.CACHED}
    assert rig.built == []
    assert not list(rig.workspace.work.iterdir())


def test_what_is_found_finished_serves_too(tmp_path: Path) -> None:
    alone = Rig(tmp_path, plan([OLD], [], "demo"))
    assert endings(alone) == {OLD.id: Ending.BUILT}
    both = Rig(tmp_path, plan([OLD, NEW], [], "demo"))
    assert endings(both) == {OLD.id: Ending.CACHED, NEW.id: Ending.CACHED}
    assert both.built == []


def test_rebuilding_builds_once_again(rig: Rig) -> None:
    rig.run()
    rig.options = Options(rebuild=frozenset({"demo"}))
    assert sorted(endings(rig).values()) == [Ending.BUILT, Ending.CACHED]
    assert rig.built == ["demo (cross)"]


def test_each_is_proved_and_builds_its_own_where_the_other_s_fails(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    proved: list[str] = []

    def verify(_: Path, **how: object) -> Verified:
        proved.append(str(how["interpreter"]))
        if len(proved) == 2:
            raise StepFailed("demo cannot be imported")
        return Verified(Level.IMPORT, modules=1)

    monkeypatch.setattr(proof_module, "verify", verify)
    rig.kits.proved_in = target_root()
    assert set(endings(rig).values()) == {Ending.BUILT}
    assert proved == ["cp311", "cp39", "cp39"]
    assert rig.built == ["demo (cross)", "demo (cross)"]
    outcomes = [event.outcome for event in rig.events if isinstance(event, PortEnded)]
    assert outcomes[-1].warnings == (
        "the wheel of demo==1@cp311 does not serve: demo cannot be imported",
    )


# --- wheels of one name ---------------------------------------------------------------------------


@pytest.fixture
def old_setup(tmp_path: Path) -> Callable[..., Rig]:
    """Runs of plans with these nodes of a source that asks for dep with the older Python alone."""

    def build(inside: Inside) -> None:
        asks = "Requires-Dist: dep\n" if "cp39" in inside.step.name else ""
        filename = "demo-1-py3-none-any.whl"
        make_wheel(inside.write(MADE), filename, {"demo.py": ""}, metadata=asks)
        building.answer(filename)(inside)

    def rig(*nodes: Node) -> Rig:
        edges = needs(OLD, node("dep", State.AVAILABLE)) if OLD in nodes else []
        made = Rig(tmp_path, plan([*nodes, node("dep", State.AVAILABLE)], edges, "demo"))
        made.replies = {lambda step: step.name.endswith(f".{building.BUILD}"): Reply(act=build)}
        return made

    return rig


def published(rig: Rig) -> dict[str, str]:
    """By port: the wheel of the last run, which the wheelhouse has as it was told."""
    ended = [event.outcome for event in rig.events if isinstance(event, PortEnded)]
    for outcome in ended:
        wheel = rig.workspace.wheelhouse / str(outcome.wheel)
        assert sha256_of(wheel) == outcome.sha256
        read_wheel(wheel)
    return {outcome.id: str(outcome.wheel) for outcome in ended}


APART = {OLD.id: "demo-1-cp39-none-any.whl", NEW.id: "demo-1-cp311-none-any.whl"}


def test_what_differs_by_interpreter_is_named_for_each(old_setup: Callable[..., Rig]) -> None:
    rig = old_setup(OLD, NEW)
    assert set(endings(rig).values()) == {Ending.BUILT}
    assert published(rig) == APART
    assert set(endings(rig).values()) == {Ending.CACHED}
    assert published(rig) == APART


def test_what_was_built_alone_is_named_for_its_interpreter_beside_another(
    old_setup: Callable[..., Rig],
) -> None:
    """Whichever was built first."""
    rig = old_setup(OLD)
    rig.run()
    assert published(rig) == {OLD.id: "demo-1-py3-none-any.whl"}
    both = old_setup(OLD, NEW)
    assert endings(both) == {OLD.id: Ending.CACHED, NEW.id: Ending.BUILT}
    assert (published(both), both.built) == (APART, ["demo (cross)"])
    assert not list(rig.workspace.work.iterdir())
    assert set(endings(both).values()) == {Ending.CACHED}
    assert published(both) == APART


def test_what_is_built_since_another_s_does_not_serve_is_named_for_its_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(inside: Inside) -> None:
        filename = "demo-1-py3-none-any.whl"
        make_wheel(inside.write(MADE), filename, {"demo.py": f"# {inside.step.name}"})
        building.answer(filename)(inside)

    def verify(wheel: Path, **how: object) -> Verified:
        own = read_member(wheel, "demo.py").partition(".")[0].endswith(str(how["interpreter"]))
        if not own:
            raise StepFailed("demo cannot be imported")
        return Verified(Level.IMPORT, modules=1)

    monkeypatch.setattr(proof_module, "verify", verify)
    rig = Rig(tmp_path, PLAN)
    rig.kits.proved_in = target_root()
    rig.replies = {lambda step: step.name.endswith(f".{building.BUILD}"): Reply(act=build)}
    assert set(endings(rig).values()) == {Ending.BUILT}
    names = {OLD.id: "demo-1-cp39-none-any.whl", NEW.id: "demo-1-py3-none-any.whl"}
    assert published(rig) == names
    assert set(endings(rig).values()) == {Ending.CACHED}
    assert published(rig) == names


def read_member(wheel: Path, name: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode()


def test_a_wheel_that_takes_the_place_of_another_interpreter_s_says_so(
    old_setup: Callable[..., Rig],
) -> None:
    said = "takes the place of a demo-1-py3-none-any.whl made for cp39, which differs"
    assert said not in old_setup(OLD).run()["demo"].warnings
    rig = old_setup(NEW)
    assert said in rig.run()["demo"].warnings
    said = said.replace("cp39", "cp311")
    outcome = old_setup(OLD).run()["demo"]
    assert (outcome.ending, said in outcome.warnings) == (Ending.CACHED, True)


# --- the order ------------------------------------------------------------------------------------

GROUP = [f"demo==1@{interpreter}" for interpreter in (CP36, CP38, CP311)]


def schedule(jobs: int = 4) -> Schedule:
    return Schedule(Capacity(jobs, 1 << 30), remaining={GROUP[2]: 9.0}, memory={}, alike=[GROUP])


def begin(line: Schedule, *ports: str) -> None:
    for port in ports:
        line.add(StepJob(port, Phase.FETCH))
        step(line, port, Phase.FETCH)


def step(line: Schedule, port: str, phase: Phase, *, good: bool = True) -> None:
    job = StepJob(port, phase)
    assert line.take() == job
    line.free(job, good=good)


def test_one_of_those_alike_builds_at_a_time_the_oldest_first() -> None:
    line = schedule()
    begin(line, *GROUP)
    line.add(StepJob(GROUP[2], Phase.BUILD))
    assert line.take() is None  # older ones have begun
    line.add(StepJob(GROUP[0], Phase.BUILD))
    step(line, GROUP[0], Phase.BUILD)
    line.add(StepJob(GROUP[1], Phase.BUILD))
    assert line.take() is None  # it is not repaired yet
    line.add(StepJob(GROUP[0], Phase.REPAIR))
    step(line, GROUP[0], Phase.REPAIR)
    step(line, GROUP[1], Phase.BUILD, good=False)
    step(line, GROUP[2], Phase.BUILD)


def test_nobody_waits_for_what_has_not_begun() -> None:
    line = schedule()
    begin(line, GROUP[2])
    line.add(StepJob(GROUP[2], Phase.BUILD))
    assert line.take() == StepJob(GROUP[2], Phase.BUILD)
    begin(line, GROUP[0])
    line.add(StepJob(GROUP[0], Phase.BUILD))
    assert line.take() is None
    line.free(StepJob(GROUP[2], Phase.BUILD), good=True)
    line.add(StepJob(GROUP[2], Phase.REPAIR))
    step(line, GROUP[2], Phase.REPAIR)
    step(line, GROUP[0], Phase.BUILD)


def test_those_held_up_let_others_overtake() -> None:
    line = schedule()
    begin(line, GROUP[0], GROUP[2])
    line.add(StepJob(GROUP[2], Phase.BUILD))
    line.add(StepJob("other==1@cp39", Phase.BUILD))
    assert line.take() == StepJob("other==1@cp39", Phase.BUILD)
