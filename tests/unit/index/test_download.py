from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from fakes.index import sdist
from fakes.repositories import client
from fakes.site import Answer, Site
from porter.errors import IndexUnavailable, StepFailed, SurroundingsError
from porter.index.download import Downloads
from porter.index.http import Http

FAKE = sdist("foo-1.0.tar.gz")
FILE = FAKE.file
PATH = "/files/foo-1.0.tar.gz"


def downloads(site: Site, folder: Path, notices: list[str] | None = None) -> Downloads:
    http = Http(credentials={}, transport=site.transport(), sleep=lambda _: None)
    return Downloads(
        http, client(folder), folder, notice=(notices if notices is not None else []).append
    )


def left(folder: Path) -> list[str]:
    """The files in the cache but for locks."""
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")


def test_keeps_by_hash_under_its_own_name(tmp_path: Path) -> None:
    site = Site({"foo": [FAKE]})
    path = downloads(site, tmp_path).fetch(FILE)
    assert path.read_bytes() == FAKE.content
    assert str(FILE.sha256) in "".join(path.parts)
    assert downloads(site, tmp_path).fetch(FILE) == path
    assert site.paths() == [PATH]


@pytest.mark.parametrize("damage", [b"", b"damaged", FAKE.content[:-1] + b"?"])
def test_a_damaged_copy_is_fetched_anew(tmp_path: Path, damage: bytes) -> None:
    site = Site({"foo": [FAKE]})
    downloads(site, tmp_path).fetch(FILE).write_bytes(damage)
    assert downloads(site, tmp_path).fetch(FILE).read_bytes() == FAKE.content


def test_another_hash_keeps_nothing(tmp_path: Path) -> None:
    content = FAKE.content[:-1] + b"?"
    site = Site(pages={PATH: Answer(200, content)})
    with pytest.raises(StepFailed, match=r"foo-1\.0\.tar\.gz") as failure:
        downloads(site, tmp_path).fetch(FILE)
    assert str(FILE.sha256) in failure.value.context
    assert hashlib.sha256(content).hexdigest() in failure.value.context
    assert left(tmp_path) == []


def test_longer_than_the_page_says_stops_early(tmp_path: Path) -> None:
    sent = []

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(1000):
                sent.append(1)
                yield b"x" * 65536

    transport = httpx.MockTransport(lambda _: httpx.Response(200, stream=Endless()))
    store = Downloads(
        Http(credentials={}, transport=transport), client(tmp_path), tmp_path, notice=print
    )
    with pytest.raises(StepFailed, match="not the file") as failure:
        store.fetch(FILE)
    assert "longer" in failure.value.context
    assert len(sent) < 5
    assert left(tmp_path) == []


def test_a_broken_connection_starts_again(tmp_path: Path) -> None:
    attempts = []

    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield FAKE.content[:9]
            raise httpx.ReadError("gone")

    def handle(_: httpx.Request) -> httpx.Response:
        attempts.append(1)
        whole = httpx.ByteStream(FAKE.content)
        return httpx.Response(200, stream=Broken() if len(attempts) == 1 else whole)

    http = Http(credentials={}, transport=httpx.MockTransport(handle), sleep=lambda _: None)
    store = Downloads(http, client(tmp_path), tmp_path, notice=print)
    assert store.fetch(FILE).read_bytes() == FAKE.content
    assert len(attempts) == 2


def test_no_hash_is_told(tmp_path: Path) -> None:
    notices: list[str] = []
    store = downloads(Site({"foo": [FAKE]}), tmp_path, notices)
    bare = replace(FILE, sha256=None)
    path = store.fetch(bare)
    assert str(FILE.sha256) in "".join(path.parts)
    assert store.fetch(bare) == path
    assert len(notices) == 1
    assert "foo-1.0.tar.gz" in notices[0]


def test_no_hash_and_too_short(tmp_path: Path) -> None:
    site = Site(pages={PATH: Answer(200, FAKE.content[:-1])})
    with pytest.raises(StepFailed):
        downloads(site, tmp_path).fetch(replace(FILE, sha256=None))
    assert left(tmp_path) == []


def test_listed_but_missing(tmp_path: Path) -> None:
    with pytest.raises(IndexUnavailable, match=r"foo-1\.0\.tar\.gz is listed"):
        downloads(Site(), tmp_path).fetch(FILE)
    gone = replace(FILE, url=(tmp_path / "gone").as_uri())
    with pytest.raises(IndexUnavailable, match=r"foo-1\.0\.tar\.gz is listed"):
        downloads(Site(), tmp_path).fetch(gone)


def test_local_files_are_copied_and_checked(tmp_path: Path) -> None:
    source = tmp_path / "foo-1.0.tar.gz"
    source.write_bytes(FAKE.content)
    file = replace(FILE, url=source.as_uri())
    path = downloads(Site(), tmp_path / "cache").fetch(file)
    assert path != source
    assert path.read_bytes() == FAKE.content
    with pytest.raises(StepFailed):
        downloads(Site(), tmp_path / "cache").fetch(replace(file, sha256="0" * 64))


def test_the_disk_refuses(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SurroundingsError, match="cannot be written"):
        downloads(Site({"foo": [FAKE]}), tmp_path / "file").fetch(FILE)


def test_many_at_once_fetch_once(tmp_path: Path) -> None:
    site = Site({"foo": [FAKE]})
    store = downloads(site, tmp_path)
    with ThreadPoolExecutor(8) as pool:
        paths = set(pool.map(lambda _: store.fetch(FILE), range(16)))
    assert len(paths) == 1
    assert site.paths() == [PATH]
