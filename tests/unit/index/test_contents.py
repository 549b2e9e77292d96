from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.index import wheel
from fakes.repositories import client
from fakes.site import Answer, Site
from porter.errors import IndexUnavailable
from porter.index.contents import ContentsReader
from porter.index.download import Downloads
from porter.index.http import Http

WHEEL = wheel("foo-1.0-py3-none-any.whl")


def reader(site: Site, folder: Path, *, offline: bool = False) -> ContentsReader:
    http = Http(credentials={}, offline=offline, transport=site.transport(), sleep=lambda _: None)
    store = Downloads(http, client(folder), folder / "files", notice=lambda _: None)
    return ContentsReader(http, store, folder / "contents")


def test_the_names_come_by_ranges_and_are_kept(tmp_path: Path) -> None:
    site = Site({"foo": [WHEEL]})
    names = reader(site, tmp_path).read(WHEEL.file)
    assert names is not None
    assert "foo-1.0.dist-info/METADATA" in names
    assert all(request.headers.get("Range") for request in site.seen)
    seen = len(site.seen)
    assert reader(site, tmp_path, offline=True).read(WHEEL.file) == names
    assert len(site.seen) == seen


def test_offline_without_having_read_it(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable):
        reader(Site({"foo": [WHEEL]}), tmp_path, offline=True).read(WHEEL.file)


def of_a_version_to_come(content: bytes) -> bytes:
    """The zip, whose table of contents says that zip 25.5 is needed."""
    place = content.find(b"PK\1\2") + 6
    return content[:place] + b"\xff" + content[place + 1 :]


@pytest.mark.parametrize("content", [b"no wheel", of_a_version_to_come(WHEEL.content)])
def test_what_is_no_wheel_has_no_names(tmp_path: Path, content: bytes) -> None:
    site = Site({"foo": [WHEEL]})
    site.pages["/files/foo-1.0-py3-none-any.whl"] = Answer(200, content)
    assert reader(site, tmp_path).read(replace(WHEEL.file, sha256=None, size=None)) is None
