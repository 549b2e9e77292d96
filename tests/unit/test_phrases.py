from __future__ import annotations

import pytest

from porter.phrases import first_of, number_of


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 modules"), (1, "1 module"), (2, "2 modules"), (11, "11 modules")]
)
def test_one_thing_is_not_many(count: int, said: str) -> None:
    assert number_of(count, "module") == said


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("a",), "a"), (("a", "b"), "a, b"), (("a", "b", "c", "d"), "a, b and 2 more")],
)
def test_of_many_names_the_first_are_told(names: tuple[str, ...], said: str) -> None:
    assert first_of(names, 2) == said
