from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from fakes.index import sdist, wheel
from porter.index.links import Link
from porter.index.listing import Listed, Merged, encode_listing
from porter.index.protocol import by_release
from porter.model import File

FOO = NormalizedName("foo")
FULL = replace(
    wheel("foo-1.0-2b-cp39-cp39-manylinux2014_aarch64.whl").file,
    index="mine",
    upload_time=datetime(2020, 1, 2, 3, 4, 5, 678901, UTC),
    requires_python=SpecifierSet(">=3.6,<4"),
    yanked="",
    metadata_sha256="ab" * 32,
)
BARE = replace(sdist("foo-1.0.0.tar.gz").file, index="mine", sha256=None, size=None)
LATER = replace(sdist("foo-2.0rc1.tar.gz").file, index="mine")


BASE = "https://index.example/simple/foo/"


def link(file: File) -> Link:
    return Link(
        filename=file.filename,
        url=file.url,
        hashes={"sha256": file.sha256} if file.sha256 else {},
        size=file.size,
        upload_time=file.upload_time.isoformat() if file.upload_time else None,
        requires_python=str(file.requires_python) if file.requires_python else None,
        yanked=False if file.yanked is None else file.yanked or True,
        core_metadata={"sha256": file.metadata_sha256} if file.metadata_sha256 else None,
    )


def listed(*files: File) -> Listed:
    body = encode_listing(map(link, files), project=FOO, base=BASE)
    return Listed(body, project=FOO, index="mine", base=BASE)


def test_gives_back_what_was_kept() -> None:
    files = listed(FULL, BARE, LATER)
    assert dict(files) == dict(by_release([FULL, BARE, LATER]))
    assert len(files) == len(list(files)) == 2


def test_versions_that_are_equal_are_one_release() -> None:
    assert listed(FULL, BARE)[Version("1")] == (FULL, BARE)


def test_what_no_file_is_made_of_makes_no_release() -> None:
    links = [
        Link(filename="foo-3.0.exe", url="foo-3.0.exe"),
        Link(filename="foo-3.1-py36+-none-any.whl", url="foo-3.1-py36+-none-any.whl"),
        Link(filename="foo-4.0.tar.gz", url="file:///etc/foo-4.0.tar.gz"),
        Link(filename="foo-5.0.tar.gz", url="../../foo-5.0.tar.gz#sha256=0"),
    ]
    body = encode_listing(links, project=FOO, base=BASE)
    found = Listed(body, project=FOO, index="mine", base=BASE)
    ((version, (file,)),) = found.items()
    assert (str(version), file.url) == ("5.0", "https://index.example/foo-5.0.tar.gz")


def test_of_an_unknown_version_there_is_none() -> None:
    assert Version("3") not in listed(FULL)
    with pytest.raises(KeyError):
        listed(FULL)[Version("3")]


def test_the_first_of_two_places_goes_before_the_other() -> None:
    here, there = replace(LATER, url="https://here.example/x"), replace(BARE, index="there")
    other = replace(BARE, sha256="cd" * 32)
    places = Merged([by_release([here, other]), by_release([LATER, there])])
    assert places[Version("2.0rc1")] == (here,)
    assert places[Version("1.0")] == (other, there)
    assert len(places) == len(list(places)) == 2
    with pytest.raises(KeyError):
        places[Version("3")]
