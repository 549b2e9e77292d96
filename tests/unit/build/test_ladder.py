from __future__ import annotations

import pytest

from porter.build.ladder import ladder
from porter.errors import UsageError
from porter.model import ARCHITECTURES, Strategy

ARM, INTEL = ARCHITECTURES["aarch64"], ARCHITECTURES["x86_64"]
CROSS, ACCELERATED, EMULATED, NATIVE = Strategy


@pytest.mark.parametrize(
    ("asked", "emulates", "served", "expected"),
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
    emulates: bool,  # noqa: FBT001  # a column of the table
    served: Strategy | None,
    expected: tuple[Strategy, ...],
) -> None:
    assert ladder(asked, target=ARM, host=INTEL, emulates=emulates, served=served) == expected


def test_a_host_of_the_target_builds_natively_alone() -> None:
    assert ladder(None, target=ARM, host=ARM, emulates=True) == (NATIVE,)


@pytest.mark.parametrize(("asked", "emulates"), [(NATIVE, True), (EMULATED, False)])
def test_what_cannot_work_is_refused_with_what_can(asked: Strategy, *, emulates: bool) -> None:
    with pytest.raises(UsageError, match=f"strategy {asked}") as caught:
        ladder(asked, target=ARM, host=INTEL, emulates=emulates)
    assert "cross" in (caught.value.hint or "")
