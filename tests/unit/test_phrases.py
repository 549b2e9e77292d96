from __future__ import annotations

import pytest

from porter.phrases import duration, first_of, number_of, size


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


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, "0.0s"),
        (0, "0.0s"),
        (4.24, "4.2s"),
        (9.949, "9.9s"),
        (9.95, "10s"),
        (59.4, "59s"),
        (59.5, "1m00s"),
        (125, "2m05s"),
        (3599.5, "1h00m"),
        (11220, "3h07m"),
    ],
)
def test_a_time_at_a_glance(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (90_060, "90 kB"),
        (5_300_000, "5.3 MB"),
        (7e12, "7000 GB"),
    ],
)
def test_a_size_has_the_unit_that_keeps_it_short(count: int, said: str) -> None:
    assert size(count) == said
