import time

import pytest

from porter.index.lenient import meanings
from porter.index.links import read_specifier


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (">=3.6", ">=3.6"),
        (">=2.6.*", ">=2.6"),
        (">=2.7, !=3.0.*, <4.*", "!=3.0.*,<4,>=2.7"),
        (">=3.6*", ">=3.6"),
        ("!=3.0*", "!=3.0.*"),
        ("~=3.6.*", "==3.6.*"),
        (">=3.5<3.7", "<3.7,>=3.5"),
        (">= 3.5 <3.7", "<3.7,>=3.5"),
        ("!=~5.0", "!=5.0.*"),
        (">='2.7'", ">=2.7"),
        (">=1.0.", ">=1.0"),
        (">=1.0.,<2", "<2,>=1.0"),
        (">dev", ">=0"),
        ("", None),
        ("three", None),
        (f">={'1' * 5000}", None),
    ],
)
def test_what_was_meant(text: str, meant: str | None) -> None:
    found = read_specifier(text)
    assert (None if found is None else str(found)) == meant


@pytest.mark.parametrize("text", [">=1.0,<2", "==1.0.*,!=1.0.1", "~=2.2", "===2.0-local", "<3a1"])
def test_what_is_right_stays_as_it_is(text: str) -> None:
    assert list(meanings(text)) == [text]


@pytest.mark.parametrize("unit", ["1", ">", ">1.", " ", "1.*", "~=1."])
def test_the_time_is_linear_in_the_text(unit: str) -> None:
    begun = time.perf_counter()
    list(meanings(unit * 20_000))
    assert time.perf_counter() - begun < 2
