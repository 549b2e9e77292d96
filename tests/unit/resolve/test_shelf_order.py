from __future__ import annotations

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from fakes.index import FakeIndex, sdist, wheel
from porter.model import Interpreter, Platform
from porter.resolve.catalog import Catalog
from porter.resolve.need import admitted, parted
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Shelf

FOO = NormalizedName("foo")
FILES = (
    sdist("foo-1.0.tar.gz"),
    wheel("foo-2.0-py3-none-any.whl"),
    wheel("foo-3.0-cp39-cp39-win_amd64.whl"),
    sdist("foo-4.0.tar.gz"),
)


def shelf(*, wheels_first: bool = False) -> Shelf:
    runtime = Runtime.target(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))
    return Shelf(
        catalog=Catalog(FakeIndex({"foo": FILES})), runtime=runtime, wheels_first=wheels_first
    )


@pytest.mark.parametrize(
    ("wheels_first", "order"),
    [(False, ["4.0", "2.0", "1.0", "3.0"]), (True, ["2.0", "4.0", "1.0", "3.0"])],
)
def test_usable_releases_come_first(*, wheels_first: bool, order: list[str]) -> None:
    offers = list(shelf(wheels_first=wheels_first).offers(FOO))
    assert [str(offer.version) for offer in offers] == order


def test_an_offer_is_made_once() -> None:
    both = shelf()
    assert list(both.offers(FOO)) == list(
        both.offers(FOO, (Version("4.0"), Version("2.0"), Version("1.0"), Version("3.0")))
    )


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("", {"1.0", "1.1"}),
        (">=1.1", {"1.1"}),
        (">1.1", {"2.0rc1"}),
        (">=1.1rc1", {"1.1", "2.0rc1"}),
    ],
)
def test_prereleases_count_when_named_or_alone(specifier: str, expected: set[str]) -> None:
    versions = [Version(text) for text in ("2.0rc1", "1.1", "1.0")]
    wanted = SpecifierSet(specifier)
    assert {str(version) for version in admitted(versions, wanted)} == expected
    parts = [list(part) for part in parted(versions, wanted)]
    assert [str(v) for v in next(filter(None, parts))] == sorted(expected, reverse=True)
