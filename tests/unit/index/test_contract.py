from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fakes.index import FakeFile, FakeIndex
from fakes.site import ROOT, Answer, Site, html_page
from porter.index import IndexClient, Indexes, IndexSettings
from porter.index.protocol import Locator
from unit.index.contract import AT, DATA, DIRECT, IndexContract, LocatorContract

ALTERED = DATA["tampered"][0].content[:-1] + b"?"


def altered() -> dict[str, list[FakeFile]]:
    return {**DATA, "tampered": [replace(DATA["tampered"][0], content=ALTERED)]}


class TestFake(IndexContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> IndexClient:
        return FakeIndex(
            DATA, unavailable={"down"}, tampered={"tampered-1.0.tar.gz"}, folder=tmp_path
        )


class TestRemote(IndexContract):
    @pytest.fixture(params=["json", "html", "ranges", "whole wheels"])
    def index(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[IndexClient]:
        site = Site(
            altered(),
            html_only=request.param == "html",
            sidecars=request.param in {"json", "html"},
            ranges=request.param == "ranges",
            pages={"/simple/down/": Answer(418)},
        )
        settings = IndexSettings((("default", ROOT),))
        with Indexes(
            settings, cache=tmp_path, notice=lambda _: None, transport=site.transport()
        ) as index:
            yield index


class TestFolders(IndexContract):
    """A simple index on disk; `down` has a page of an API porter does not know."""

    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[IndexClient]:
        root = tmp_path / "simple"
        files = root / "files"
        files.mkdir(parents=True)
        for name, fakes in altered().items():
            for fake in fakes:
                (files / fake.file.filename).write_bytes(fake.content)
            (root / name).mkdir()
            page = html_page(fakes).replace("https://index.example/files/", "../files/")
            (root / name / "index.html").write_text(page)
        (root / "down" / "index.html").write_text(
            '<meta name="pypi:repository-version" content="2.0">'
        )
        settings = IndexSettings((("default", root.as_uri() + "/"),))
        with Indexes(settings, cache=tmp_path / "cache", notice=lambda _: None) as index:
            yield index


class TestFakeLocator(LocatorContract):
    @pytest.fixture
    def locator(self, tmp_path: Path) -> Locator:
        return FakeIndex({}, direct={AT: DIRECT}, folder=tmp_path)


class TestRemoteLocator(LocatorContract):
    @pytest.fixture
    def locator(self, tmp_path: Path) -> Iterator[Locator]:
        pages = {urlsplit(AT).path: Answer(200, DIRECT.content)}
        transport = Site(pages=pages).transport()
        settings = IndexSettings(())
        with Indexes(settings, cache=tmp_path, notice=print, transport=transport) as index:
            yield index
