from __future__ import annotations

import pytest

from porter.build.ladder import Ladder, ladder
from porter.errors import UsageError
from porter.model import ARCHITECTURES, Strategy

ARM, INTEL = ARCHITECTURES["aarch64"], ARCHITECTURES["x86_64"]
CROSS, ACCELERATED, EMULATED, NATIVE = Strategy
NO_QEMU = "this machine cannot run aarch64 programs"


@pytest.mark.parametrize(
    ("asked", "why_not", "served", "expected"),
    [
        (None, "", None, (CROSS, ACCELERATED, EMULATED)),
        (None, NO_QEMU, None, (CROSS,)),
        (None, "", EMULATED, (EMULATED, CROSS, ACCELERATED)),
        (None, NO_QEMU, EMULATED, (CROSS,)),
        (ACCELERATED, "", CROSS, (ACCELERATED,)),
    ],
)
def test_foreign_targets(
    asked: Strategy | None, why_not: str, served: Strategy | None, expected: tuple[Strategy, ...]
) -> None:
    assert ladder(asked, target=ARM, host=INTEL, why_not=why_not, served=served).rungs == expected


def test_what_is_left_out_is_told_with_the_reason() -> None:
    sentence = f"accelerated and emulated were not tried: {NO_QEMU}"
    assert ladder(None, target=ARM, host=INTEL, why_not=NO_QEMU).left_out == (sentence,)
    assert ladder(None, target=ARM, host=INTEL).left_out == ()
    # Whoever asked for one strategy misses no other.
    assert ladder(CROSS, target=ARM, host=INTEL, why_not=NO_QEMU).left_out == ()


def test_a_host_of_the_target_builds_natively_alone() -> None:
    assert ladder(None, target=ARM, host=ARM) == Ladder((NATIVE,))


def test_a_host_of_the_target_without_its_root_builds_with_the_python_it_has() -> None:
    assert ladder(None, target=ARM, host=ARM, why_not="no root of it") == Ladder((CROSS,))


@pytest.mark.parametrize(
    ("asked", "why_not", "because"),
    [(NATIVE, "", ""), (NATIVE, NO_QEMU, ""), (EMULATED, NO_QEMU, f": {NO_QEMU}")],
)
def test_what_cannot_work_is_refused_with_what_can(
    asked: Strategy, why_not: str, because: str
) -> None:
    with pytest.raises(UsageError) as caught:
        ladder(asked, target=ARM, host=INTEL, why_not=why_not)
    assert caught.value.message == f"strategy {asked} cannot build for aarch64 on x86_64{because}"
    assert "cross" in (caught.value.hint or "")


def test_what_a_recipe_fixes_is_the_only_one() -> None:
    assert ladder(None, stated=EMULATED, target=ARM, host=INTEL) == Ladder((EMULATED,))
    assert ladder(CROSS, stated=EMULATED, target=ARM, host=INTEL) == Ladder((CROSS,))


def test_what_a_recipe_fixes_is_refused_for_its_port_alone() -> None:
    found = ladder(None, stated=EMULATED, target=ARM, host=INTEL, why_not=NO_QEMU)
    sentence = f"its recipe's strategy emulated cannot build for aarch64 on x86_64: {NO_QEMU}"
    assert found == Ladder((EMULATED,), refused=sentence)


@pytest.mark.parametrize("stated", list(Strategy))
def test_a_host_of_the_target_needs_no_recipe_s_strategy(stated: Strategy) -> None:
    assert ladder(None, stated=stated, target=ARM, host=ARM) == Ladder((NATIVE,))


def test_a_plan_for_the_targets_programs_is_built_by_them_alone() -> None:
    by = (ACCELERATED, EMULATED)
    assert ladder(None, target=ARM, host=INTEL, by_the_target=True) == Ladder(by)
    found = ladder(None, target=ARM, host=INTEL, by_the_target=True, served=CROSS)
    assert found == Ladder(by)
    with pytest.raises(UsageError, match="strategy cross cannot build") as caught:
        ladder(CROSS, target=ARM, host=INTEL, by_the_target=True)
    assert "accelerated, emulated" in (caught.value.hint or "")


def test_a_plan_for_the_targets_programs_needs_a_machine_that_runs_them() -> None:
    found = ladder(None, target=ARM, host=INTEL, by_the_target=True, why_not=NO_QEMU)
    assert found.refused == f"its plan is for the target's programs: {NO_QEMU}"
