"""Wheels proved on other distributions' roots, too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.running import Rig, target_root
from porter.engine import Root
from porter.errors import StepFailed
from porter.model import Ending, Interpreter, Outcome, Platform, State
from porter.run import Options
from porter.run import proof as proof_module
from porter.run.kits import Elsewhere
from porter.verify import Level, Verified
from unit.graph.plans import artifact, needs, node, plan, tool

DEP = replace(
    node("dep", State.AVAILABLE), wheel=artifact("dep-1-cp39-cp39-manylinux_2_17_aarch64.whl")
)
TRIXIE, BOOKWORM = "debian:trixie", "debian:bookworm"


def distribution(name: str, policy: str, python: str) -> Elsewhere:
    platform = Platform.parse("aarch64", policy)
    root = Root(name, platform.arch, f"sha256:{name}", "/python", "debian")
    return Elsewhere(platform, Interpreter.parse(python), lambda _: root)


class Verifier:
    """Stands in for `porter.verify.verify`, and notes where it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, list[str]]] = []
        self.broken: set[str] = set()
        self.unable: set[str] = set()

    def __call__(
        self, wheel: Path, *, root: Root, interpreter: Interpreter, **how: list[Path]
    ) -> Verified:
        del wheel
        names = [path.name.partition("-")[0] for path in how["dependencies"]]
        self.asked.append((root.name, interpreter.version, names))
        if root.name in self.broken:
            raise StepFailed("demo cannot be imported", context="a traceback", rule="import-failed")
        if root.name in self.unable:
            return Verified(Level.NONE, warnings=("not verified: no QEMU",))
        return Verified(Level.IMPORT, modules=1)


@pytest.fixture
def verifier(monkeypatch: pytest.MonkeyPatch) -> Verifier:
    made = Verifier()
    monkeypatch.setattr(proof_module, "verify", made)
    return made


def rig(folder: Path, state: State = State.PORT, *, dependency: bool = False) -> Rig:
    demo, setuptools = node("demo", state), tool("setuptools")
    edges = [*needs(demo, setuptools), *(needs(demo, DEP) if dependency else [])]
    made = Rig(folder, plan([demo, DEP, setuptools], edges, "demo"))
    made.kits.proved_in = target_root()
    made.kits.distributions = {
        TRIXIE: distribution("trixie", "manylinux_2_41", "3.13"),
        BOOKWORM: distribution("bookworm", "manylinux_2_36", "3.11"),
        "debian:bullseye": distribution("bullseye", "manylinux_2_31", "3.9"),
    }
    made.options = Options(verify_on=(TRIXIE, BOOKWORM))
    return made


def ran(made: Rig) -> Outcome:
    return made.run()["demo"]


def test_it_is_proved_on_each_and_once(tmp_path: Path, verifier: Verifier) -> None:
    made = rig(tmp_path)
    outcome = ran(made)
    assert outcome.verified_on == {TRIXIE: "import", BOOKWORM: "import"}
    assert verifier.asked == [
        ("target", "3.9", []),
        ("trixie", "3.13", []),
        ("bookworm", "3.11", []),
    ]
    again = ran(made)
    assert (again.ending, again.verified_on) == (Ending.CACHED, outcome.verified_on)
    assert len(verifier.asked) == 3
    made.options = Options(verify_on=("debian:bullseye",))
    assert ran(made).verified_on == {**outcome.verified_on, "debian:bullseye": "import"}
    assert made.built == []


def test_a_wheel_that_does_not_work_there_has_failed(tmp_path: Path, verifier: Verifier) -> None:
    verifier.broken.add("bookworm")
    outcome = ran(rig(tmp_path))
    assert outcome.ending is Ending.FAILED
    assert outcome.reason == "on debian:bookworm: demo cannot be imported"
    assert (outcome.context, outcome.rule) == ("a traceback", "import-failed")


@pytest.mark.parametrize("state", [State.PORT, State.AVAILABLE])
def test_proofs_add_up(tmp_path: Path, verifier: Verifier, state: State) -> None:
    made = rig(tmp_path, state)
    for distribution in (TRIXIE, BOOKWORM, TRIXIE):
        made.options = Options(verify_on=(distribution,))
        outcome = ran(made)
    assert outcome.verified_on == {TRIXIE: "import", BOOKWORM: "import"}
    assert [name for name, *_ in verifier.asked] == ["target", "trixie", "target", "bookworm"]


def test_a_wheel_built_again_has_proofs_of_its_own_alone(
    tmp_path: Path, verifier: Verifier
) -> None:
    made = rig(tmp_path)
    ran(made)
    made.options = Options(verify_on=(TRIXIE,), rebuild=frozenset({"demo"}))
    assert ran(made).verified_on == {TRIXIE: "import"}
    assert len(verifier.asked) == 5


def test_what_failed_on_one_is_no_failure_without_it(tmp_path: Path, verifier: Verifier) -> None:
    verifier.broken.add("bookworm")
    made = rig(tmp_path)
    ran(made)
    assert ran(made).remembered
    made.options = Options(verify_on=(BOOKWORM, TRIXIE))
    assert ran(made).remembered
    made.options = Options()
    assert ran(made).ending is Ending.BUILT


def test_what_its_python_cannot_use_is_said_and_not_tried(
    tmp_path: Path, verifier: Verifier
) -> None:
    made = rig(tmp_path, dependency=True)
    made.options = Options(verify_on=(TRIXIE, "debian:bullseye"))
    outcome = ran(made)
    assert outcome.ending is Ending.BUILT
    assert outcome.verified_on == {
        TRIXIE: "not tried: dep-1-cp39-cp39-manylinux_2_17_aarch64.whl is not for its Python 3.13, "
        "glibc 2.41",
        "debian:bullseye": "import",
    }
    assert verifier.asked[1:] == [("bullseye", "3.9", ["dep"])]


def test_a_machine_that_cannot_run_it_says_so(tmp_path: Path, verifier: Verifier) -> None:
    verifier.unable.add("trixie")
    assert ran(rig(tmp_path)).verified_on[TRIXIE] == "not verified: no QEMU"
