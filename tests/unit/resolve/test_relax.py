"""The one requirement less that would help."""

from collections.abc import Mapping, Sequence

import pytest

from fakes.index import FakeFile
from porter.errors import ResolutionError
from unit.resolve.cases import TOOLS, pure
from unit.resolve.test_plan import planned

# tensorflow 1 wants an old numpy, tensorflow 2 any.
OLD: Mapping[str, Sequence[FakeFile]] = {
    "tensorflow": [pure("tensorflow", "1.15.5", "numpy<1.19"), pure("tensorflow", "2.0", "numpy")],
    "numpy": [pure("numpy", "1.18.5"), pure("numpy", "1.20")],
    "scipy": [pure("scipy", "1", "numpy>=1.20")],
    "other": [pure("other", "1"), pure("other", "2")],
}


def hint(
    index: Mapping[str, Sequence[FakeFile]], *asked: str, constraints: tuple[str, ...] = ()
) -> str:
    with pytest.raises(ResolutionError) as caught:
        planned({**TOOLS, **index}, *asked, constraints=constraints)
    return caught.value.hint or ""


def test_what_is_no_pin_is_left_out_first() -> None:
    assert hint(OLD, "tensorflow==1.15.5", "numpy>=1.20") == (
        "Without numpy>=1.20 it works: numpy 1.18.5. "
        "Without tensorflow==1.15.5 it works: tensorflow 2.0."
    )


def test_only_what_helps_is_named() -> None:
    advice = hint(OLD, "tensorflow==1.15.5", "numpy>=1.20", "scipy", "other<2")
    assert advice == "Without tensorflow==1.15.5 it works: tensorflow 2.0."


def test_a_constraint_can_be_the_one() -> None:
    advice = hint(OLD, "tensorflow==1.15.5", constraints=("numpy>=1.20", "other<2"))
    assert advice.startswith("Without the constraint numpy>=1.20 it works: numpy 1.18.5.")


def test_a_deep_requirement_that_nobody_meets() -> None:
    index = {"a": [pure("a", "1"), pure("a", "2", "gone")]}
    advice = hint(index, "a==2")
    assert advice == "Without a==2 it works: a 1."


def test_no_single_one_helps() -> None:
    index = {
        "a": [pure("a", "1", "c==1")],
        "b": [pure("b", "1", "c==2")],
        "c": [pure("c", "1"), pure("c", "2")],
    }
    assert hint(index, "a==1", "b==1").startswith("Leaving out any single one")


def test_an_extra_is_left_out_with_its_project() -> None:
    index = {
        "a": [pure("a", "1", "b<2; extra == 'x'", extras=["x"]), pure("a", "2", extras=["x"])],
        "b": [pure("b", "1"), pure("b", "2")],
    }
    advice = hint(index, "a[x]==1", "b>=2")
    assert "Without a[x]==1 it works: a 2." in advice


def test_a_version_that_does_not_exist_needs_no_trying() -> None:
    assert hint(OLD, "numpy==7") == "Nearest versions: 1.18.5, 1.20."
