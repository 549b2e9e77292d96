from __future__ import annotations

import pytest

from porter.build.ladder import ladder
from porter.errors import UsageError
from porter.model import ARCHITECTURES, Strategy

ARM, INTEL = ARCHITECTURES["aarch64"], ARCHITECTURES["x86_64"]
CROSS, ACCELERATED, EMULATED, NATIVE = Strategy


@pytest.mark.parametrize(
    ("asked", "runs", "served", "expected"),
    [
        (None, True, None, (CROSS, ACCELERATED, EMULATED)),
        (None, False, None, (CROSS,)),
        (None, True, EMULATED, (EMULATED, CROSS, ACCELERATED)),
        (None, False, EMULATED, (CROSS,)),
        (ACCELERATED, True, CROSS, (ACCELERATED,)),
    ],
)
def test_foreign_targets(
    asked: Strategy | None,
    runs: bool,  # noqa: FBT001  # a column of the table
    served: Strategy | None,
    expected: tuple[Strategy, ...],
) -> None:
    assert ladder(asked, target=ARM, host=INTEL, runs=runs, served=served) == expected


def test_a_host_of_the_target_builds_natively_alone() -> None:
    assert ladder(None, target=ARM, host=ARM, runs=True) == (NATIVE,)


def test_a_host_of_the_target_without_its_root_builds_with_the_python_it_has() -> None:
    assert ladder(None, target=ARM, host=ARM, runs=False) == (CROSS,)


@pytest.mark.parametrize(("asked", "runs"), [(NATIVE, True), (EMULATED, False)])
def test_what_cannot_work_is_refused_with_what_can(asked: Strategy, *, runs: bool) -> None:
    with pytest.raises(UsageError, match=f"strategy {asked}") as caught:
        ladder(asked, target=ARM, host=INTEL, runs=runs)
    assert "cross" in (caught.value.hint or "")
