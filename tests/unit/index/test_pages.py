from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from packaging.utils import NormalizedName

from porter.index.links import Listing, files_of
from porter.index.pages import PageError, parse_page

BASE = "https://index.example/simple/foo/"
FOO = NormalizedName("foo")
SHA = "ab" * 32


def listing(body: str, kind: str = "text/html", base: str = BASE) -> Listing:
    links = parse_page(body.encode(), content_type=kind, url=base)
    return files_of(links, project=FOO, index="default", base=base)


def json_listing(*files: Any, version: str = "1.0") -> Listing:
    page = {"meta": {"api-version": version}, "files": files}
    return listing(json.dumps(page), "application/vnd.pypi.simple.v1+json")


def entry(**changes: Any) -> dict[str, Any]:
    return {
        "filename": "foo-1.0.tar.gz",
        "url": "https://index.example/foo-1.0.tar.gz",
        "hashes": {},
        **changes,
    }


def test_html_attributes() -> None:
    found = listing(
        '<html><base href="../../files/"><a data-yanked data-requires-python="&gt;=3.6" '
        f'data-core-metadata="sha256={SHA}" href="foo-1.0.tar.gz#md5=1&sha256={SHA}">x</a>'
    )
    (file,) = found.files
    assert file.url == "https://index.example/files/foo-1.0.tar.gz"
    assert (file.filename, file.sha256, file.metadata_sha256) == ("foo-1.0.tar.gz", SHA, SHA)
    assert (str(file.requires_python), file.yanked) == (">=3.6", "")


def test_html_legacy_metadata_attribute_and_other_hashes() -> None:
    found = listing(
        f'<a data-dist-info-metadata="sha256={SHA}" href="/foo-1.0.tar.gz#md5=abc">x</a>'
        '<a data-dist-info-metadata="true" href="/foo-1.1.tar.gz">x</a>'
    )
    assert [file.metadata_sha256 for file in found.files] == [SHA, None]
    assert [file.sha256 for file in found.files] == [None, None]


def test_json_facts() -> None:
    (file,) = json_listing(
        entry(
            hashes={"sha256": SHA.upper()},
            size=7,
            **{
                "upload-time": "2020-06-04T01:02:03Z",
                "requires-python": ">=3.5",
                "yanked": "bad",
                "core-metadata": {"sha256": SHA},
            },
        )
    ).files
    assert (file.sha256, file.size, file.metadata_sha256, file.yanked) == (SHA, 7, SHA, "bad")
    assert file.upload_time == datetime(2020, 6, 4, 1, 2, 3, tzinfo=UTC)


def test_what_cannot_be_understood_of_a_file_is_none() -> None:
    (file,) = json_listing(
        entry(
            hashes={"sha256": "../../x"},
            size=-1,
            **{"upload-time": "yesterday", "requires-python": "three", "yanked": True},
        )
    ).files
    assert (file.sha256, file.size, file.upload_time) == (None, None, None)
    assert (file.requires_python, file.yanked) == (None, "")


def test_one_bad_link_does_not_hide_the_others() -> None:
    found = json_listing(entry(), {"filename": 7}, entry(size="many"), None)
    assert len(found.files) == 1
    assert found.skipped == 3


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://index.example/foo-1.0.tar.gz",
        "ftp://index.example/foo-1.0.tar.gz",
        "javascript:alert(1)",
        "https://[::1/foo-1.0.tar.gz",
        "https://index.example:port/foo-1.0.tar.gz",
    ],
)
def test_links_a_page_may_not_have(url: str) -> None:
    assert json_listing(entry(url=url)) == Listing((), 1)
    assert listing(f'<a href="{url}">foo-1.0.tar.gz</a>').files == ()


def test_a_base_cannot_lead_into_this_machine() -> None:
    assert listing('<base href="file:///etc/"><a href="foo-1.0.tar.gz">x</a>').files == ()


def test_a_page_on_disk_may_lead_to_files_and_to_servers() -> None:
    page = '<a href="../foo-1.0.tar.gz">x</a><a href="https://x.example/foo-1.1.tar.gz">x</a>'
    found = listing(page, base="file:///srv/simple/foo/index.html")
    assert [file.url for file in found.files] == [
        "file:///srv/simple/foo-1.0.tar.gz",
        "https://x.example/foo-1.1.tar.gz",
    ]


def test_a_page_cannot_smuggle_in_credentials() -> None:
    (file,) = json_listing(entry(url="https://u:secret@index.example/foo-1.0.tar.gz")).files
    assert file.url == "https://index.example/foo-1.0.tar.gz"


def test_path_in_a_file_name() -> None:
    bad = ["../foo-1.0.tar.gz", "/foo-1.0.tar.gz", "a/foo-1.0.tar.gz", "foo-1.0.tar.gz/.."]
    assert json_listing(*(entry(filename=name) for name in bad)) == Listing((), 4)
    assert listing('<a href="/x/..%2ffoo-1.0.tar.gz">x</a>').files == ()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>", "application/vnd.pypi.simple.v1+json"),
        ("[]", "application/vnd.pypi.simple.v1+json"),
        ('{"files": 1}', "application/vnd.pypi.simple.v1+json"),
        ('{"files": [], "meta": {"api-version": "2.0"}}', "application/json"),
        ('<meta name="pypi:repository-version" content="2.0">', "text/html"),
        ("hello", "text/plain"),
        ("hello", ""),
    ],
)
def test_pages_of_another_kind(body: str, kind: str) -> None:
    with pytest.raises(PageError):
        listing(body, kind)


def test_html_that_is_not_html() -> None:
    assert listing("<a href=><a href='http://[x'></b></a <<<\x00\xff") == Listing((), 1)
