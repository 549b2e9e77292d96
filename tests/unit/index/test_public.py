from __future__ import annotations

from pypi_simple import PYPI_SIMPLE_ENDPOINT

from porter.index import public


def test_is_what_the_package_says() -> None:
    assert public.public_index() == PYPI_SIMPLE_ENDPOINT
    assert public._stated(public._source()) == PYPI_SIMPLE_ENDPOINT


def test_reads_plain_and_annotated_assignments() -> None:
    assert public._stated('PYPI_SIMPLE_ENDPOINT = "https://a.example/"') == "https://a.example/"
    assert (
        public._stated('PYPI_SIMPLE_ENDPOINT: str = "https://b.example/"') == "https://b.example/"
    )


def test_believes_nothing_else() -> None:
    assert public._stated("PYPI_SIMPLE_ENDPOINT = make()\nOTHER = 'https://c.example/'") is None
    assert public._stated("if x:\n    PYPI_SIMPLE_ENDPOINT = 'https://d.example/'") is None
    assert public._imported() == PYPI_SIMPLE_ENDPOINT
