from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.index import FakeFile, sdist, wheel
from fakes.repositories import client
from fakes.site import Answer, Site
from porter.errors import IndexUnavailable
from porter.index.coremetadata import LIMIT
from porter.index.download import Downloads
from porter.index.http import Http
from porter.index.metadata import MetadataReader
from porter.model import File

WHEEL = wheel("foo-1.0-py3-none-any.whl", requires=["x"])
URL = "/files/foo-1.0-py3-none-any.whl"


class Bench:
    """A reader over a site, and what it told."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.notices: list[str] = []
        http = Http(credentials={}, transport=site.transport(), sleep=lambda _: None)
        store = Downloads(http, client(folder), folder / "files", notice=self.notices.append)
        self.reader = MetadataReader(http, store, folder / "meta", notice=self.notices.append)

    def read(self, file: File) -> bytes | None:
        return self.reader.read(file)


def test_the_file_beside_a_wheel_comes_first_and_is_kept(tmp_path: Path) -> None:
    bench = Bench(Site({"foo": [WHEEL]}), tmp_path)
    assert bench.read(WHEEL.file) == WHEEL.metadata
    assert bench.read(WHEEL.file) == WHEEL.metadata
    assert Bench(bench.site, tmp_path).read(WHEEL.file) == WHEEL.metadata
    assert bench.site.paths() == [URL + ".metadata"]


def test_its_hash_is_checked(tmp_path: Path) -> None:
    site = Site({"foo": [WHEEL]})
    good = hashlib.sha256(WHEEL.metadata or b"").hexdigest()
    bench = Bench(site, tmp_path)
    assert bench.read(replace(WHEEL.file, metadata_sha256=good)) == WHEEL.metadata
    assert not bench.notices
    altered = (WHEEL.metadata or b"").replace(b"Requires-Dist: x", b"Requires-Dist: evil")
    site.pages[URL + ".metadata"] = Answer(200, altered)
    other = Bench(site, tmp_path / "other")
    assert other.read(replace(WHEEL.file, metadata_sha256=good)) == WHEEL.metadata
    assert "foo-1.0-py3-none-any.whl" in other.notices[0]


def test_ranges_read_little_of_a_large_wheel(tmp_path: Path) -> None:
    large = big_wheel()
    site = Site({"foo": [large]}, sidecars=False)
    assert Bench(site, tmp_path).read(large.file) == large.metadata
    ranges = [request.headers.get("Range") for request in site.seen]
    assert ranges[0] is None  # the file beside it
    assert all(ranges[1:])
    assert len(ranges) <= 4


def test_ranges_without_a_known_size(tmp_path: Path) -> None:
    large = big_wheel()
    site = Site({"foo": [large]}, sidecars=False)
    assert Bench(site, tmp_path).read(replace(large.file, size=None)) == large.metadata
    assert site.seen[1].headers["Range"] == "bytes=-65536"


def test_a_server_without_ranges_gives_the_whole_wheel(tmp_path: Path) -> None:
    site = Site({"foo": [WHEEL]}, sidecars=False, ranges=False)
    bench = Bench(site, tmp_path)
    assert bench.read(WHEEL.file) == WHEEL.metadata
    huge = replace(WHEEL.file, size=1 << 40, sha256="0" * 64)
    assert bench.read(huge) is None


@pytest.mark.parametrize(
    "range_", ["bytes 0-9/10", "bytes x", "bytes 5-4/1", "", f"bytes 0-2/{'9' * 5000}"]
)
def test_ranges_that_lie(tmp_path: Path, range_: str) -> None:
    site = Site({"foo": [WHEEL]}, sidecars=False)
    site.pages[URL] = Answer(206, b"lie", {"Content-Range": range_})
    bench = Bench(site, tmp_path)
    # Neither a part nor the whole (the same lie) can be used: the wheel is left out.
    with pytest.raises(IndexUnavailable, match=r"foo-1\.0-py3-none-any\.whl is listed"):
        bench.read(WHEEL.file)


ELSE = [
    b"Metadata-Version: 2.1\nName: bar\nVersion: 1.0\n",
    b"Metadata-Version: 2.1\nName: foo\nVersion: 2.0\n",
    b"Metadata-Version: 2.1\nName: foo\nVersion: one\n",
    b"Metadata-Version: 2.1\nName: foo\nVersion: " + b"1" * 5000 + b"\n",
    b"Metadata-Version: 2.1\n",
    b"<html>This is all there is.",
    b"\xff\xfe",
    b"",
]


@pytest.mark.parametrize("metadata", ELSE)
def test_metadata_that_contradicts_its_file(tmp_path: Path, metadata: bytes) -> None:
    bad = big_wheel(metadata)
    bench = Bench(Site({"foo": [bad]}), tmp_path)
    assert bench.read(bad.file) is None
    assert "foo-1.0-py3-none-any.whl is left out" in bench.notices[0]


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer(200, metadata) for metadata in ELSE),
        Answer(200, b"x" * (LIMIT + 1)),
        *(Answer(status) for status in (400, 401, 403, 405, 418, 501)),
    ],
)
def test_the_wheel_is_read_where_what_lies_beside_it_is_of_no_use(
    tmp_path: Path, answer: Answer
) -> None:
    bench = Bench(Site({"foo": [WHEEL]}, pages={URL + ".metadata": answer}), tmp_path)
    assert bench.read(WHEEL.file) == WHEEL.metadata
    assert not bench.notices


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_in_trouble_is_an_outage(tmp_path: Path, status: int) -> None:
    site = Site({"foo": [WHEEL]}, pages={URL + ".metadata": Answer(status)})
    with pytest.raises(IndexUnavailable, match=f"status {status}"):
        Bench(site, tmp_path).read(WHEEL.file)


def test_a_wheel_that_is_refused_is_an_outage_too(tmp_path: Path) -> None:
    site = Site(pages={URL + ".metadata": Answer(403), URL: Answer(403)})
    with pytest.raises(IndexUnavailable, match=r"none-any\.whl cannot be read: .* status 403"):
        Bench(site, tmp_path).read(WHEEL.file)


def test_name_and_version_may_be_spelled_otherwise(tmp_path: Path) -> None:
    metadata = b"Metadata-Version: 2.1\nName: FOO\nVersion: v1\n"
    site = Site(pages={URL + ".metadata": Answer(200, metadata)})
    assert Bench(site, tmp_path).read(WHEEL.file) == metadata


def test_metadata_that_is_too_long(tmp_path: Path) -> None:
    bad = big_wheel(b"Name: foo\n" * (LIMIT // 10 + 1))
    bench = Bench(Site({"foo": [bad]}, sidecars=False, ranges=False), tmp_path)
    assert bench.read(bad.file) is None
    assert "longer" in bench.notices[0]


def broken_lzma() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("foo-1.0.dist-info/METADATA", b"Name: foo")
    properties = b"\x09\x04\x05\x00"
    return buffer.getvalue().replace(properties + b"\x5d", properties + b"\xff")


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", b"PK\x05\x06" + b"\xff" * 18, broken_lzma()]
)
def test_wheels_that_are_none(tmp_path: Path, content: bytes) -> None:
    bad = FakeFile(
        replace(WHEEL.file, sha256=hashlib.sha256(content).hexdigest(), size=len(content)),
        None,
        content,
    )
    bench = Bench(Site({"foo": [bad]}), tmp_path)
    assert bench.read(bad.file) is None
    assert "foo-1.0-py3-none-any.whl" in bench.notices[0]


def test_a_wheel_with_the_metadata_of_another(tmp_path: Path) -> None:
    bar = wheel("bar-1.0-py3-none-any.whl")
    file = replace(WHEEL.file, sha256=bar.file.sha256, size=len(bar.content))
    site = Site(pages={URL: Answer(200, bar.content), URL + ".metadata": Answer(404)})
    bench = Bench(site, tmp_path)
    assert bench.read(file) is None
    assert "no METADATA" in bench.notices[0]


def test_an_sdist_is_read_once_even_if_it_does_not_tell(tmp_path: Path) -> None:
    fake = sdist("foo-1.0.tar.gz")
    bench = Bench(Site({"foo": [fake]}), tmp_path)
    assert bench.read(fake.file) is None
    bench.reader._downloads.fetch(fake.file).unlink()
    assert bench.read(fake.file) is None
    assert bench.site.paths() == ["/files/foo-1.0.tar.gz"]


def test_an_sdist_with_another_hash_is_left_to_the_fetch(tmp_path: Path) -> None:
    fake = sdist("foo-1.0.tar.gz")
    site = Site(pages={"/files/foo-1.0.tar.gz": Answer(200, b"evil")})
    bench = Bench(site, tmp_path)
    assert bench.read(fake.file) is None
    assert str(fake.file.sha256) in bench.notices[0]


def big_wheel(metadata: bytes = b"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n") -> FakeFile:
    """A wheel whose METADATA stands before much that does not compress."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("foo-1.0.dist-info/METADATA", metadata)
        archive.writestr("foo/big.so", b"\x01" * 2_000_000)
    content = buffer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    return FakeFile(replace(WHEEL.file, sha256=digest, size=len(content)), metadata, content)
