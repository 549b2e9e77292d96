"""Whatever a server or an archive says: nothing but porter's own errors comes of it, and soon."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.coremetadata import (
    MetadataError,
    check_identity,
    headers_of,
    is_final,
    metadata_version,
)
from porter.index.eggs import metadata_of, read_requires
from porter.index.identity import identity_in
from porter.index.links import files_of
from porter.index.listing import Listed, encode_listing
from porter.index.pages import PageError, parse_page
from porter.index.projects import stated_metadata
from porter.model import File

FOO = NormalizedName("foo")
BASE = "https://index.example/simple/foo/"
JSON, HTML = "application/vnd.pypi.simple.v1+json", "text/html"
MANY = "1" * 5000
DEEP = "[" * 100_000


def understood(body: bytes, kind: str) -> tuple[File, ...]:
    """All files of a page, by way of the listing that is kept."""
    try:
        links = parse_page(body, content_type=kind, url=BASE)
    except PageError:
        return ()
    listing = encode_listing(links, project=FOO, base=BASE)
    listed = Listed(listing, project=FOO, index="default", base=BASE)
    files = tuple(file for group in listed.values() for file in group)
    assert set(files) == set(files_of(links, project=FOO, index="default", base=BASE).files)
    for file in files:
        assert file.requires_python is None or file.requires_python.contains("3.9") in {True, False}
    return files


def entry(**fields: Any) -> bytes:
    link = {"filename": "foo-1.0.zip", "url": "foo-1.0.zip", **fields}
    return json.dumps({"files": [link]}).encode()


WORDS = (
    "<a",
    " ",
    "href=",
    "'",
    '"',
    ">",
    "<",
    "/",
    "!",
    "[",
    "]",
    "--",
    "&#",
    ";",
    "=",
    "foo-1.0.zip",
    "x",
)
MARKUP = st.lists(st.sampled_from(WORDS)).map("".join)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
)
LINK = st.fixed_dictionaries(
    {"filename": st.just("foo-1.0.zip") | ANYTHING, "url": st.just("foo-1.0.zip") | ANYTHING},
    optional={
        "hashes": ANYTHING,
        "size": ANYTHING,
        "upload-time": ANYTHING
        | st.datetimes().map(str)
        | st.datetimes(timezones=st.timezones()).map(str),
        "requires-python": ANYTHING,
        "yanked": ANYTHING,
        "core-metadata": ANYTHING,
    },
)


@given(st.binary(), st.sampled_from([JSON, HTML, "text/plain"]))
def test_any_bytes(body: bytes, kind: str) -> None:
    understood(body, kind)


@given(MARKUP)
@example("<![foo[bar]]>")
@example(f"<a href='&#{MANY};'>")
@example(f"&#{MANY};<")
def test_any_markup(text: str) -> None:
    understood(text.encode(), HTML)


@given(st.lists(LINK))
def test_any_links(links: list[Any]) -> None:
    understood(json.dumps({"files": links}).encode(), JSON)


@pytest.mark.parametrize(
    "body",
    [
        b'{"files": [], "x": ' + DEEP.encode(),
        b'{"files": [{"filename": "", "url": "", "x": ' + DEEP.encode(),
    ],
)
def test_pages_without_a_ground(body: bytes) -> None:
    with pytest.raises(PageError, match="deep"):
        parse_page(body, content_type=JSON, url=BASE)


@pytest.mark.parametrize(
    "fields",
    [
        {"upload-time": "0001-01-01T00:00:00+23:59"},
        {"upload-time": "9999-12-31T23:59:59-23:59"},
        {"upload-time": "9999-12-31T00:00:00Z"},
        {"requires-python": f">={MANY}"},
    ],
)
def test_what_can_not_be_is_none(fields: dict[str, Any]) -> None:
    (file,) = understood(entry(**fields), JSON)
    assert (file.upload_time, file.requires_python) == (None, None)


@pytest.mark.parametrize("size", [10**30, -(10**30), 1 << 63])
def test_a_size_without_end_is_not_understood(size: int) -> None:
    assert understood(entry(size=size), JSON) == ()


@pytest.mark.parametrize(
    "unit", ["<a ", "<a href='", "<!--", "<![", "<?", "</", '<a b="', "&#", "<script>", "<!a"]
)
def test_pages_that_take_long(unit: str) -> None:
    begun = time.process_time()
    understood((unit * 50_000).encode(), HTML)
    assert time.process_time() - begun < 2


def test_requirements_that_take_long() -> None:
    begun = time.process_time()
    for line in ("a" + " " * 200_000 + "b", "a @ https://x" + " " * 200_000 + "b"):
        assert read_requires(line) == ([line], [])
    assert time.process_time() - begun < 2


def test_wheels_for_everything() -> None:
    letters = ".".join("abcdefghijklmnopqrstuvwxyz")
    name = f"foo-1.0-{letters}-{letters}-{letters}.whl"
    assert understood(entry(filename=name, url=name), JSON) == ()


HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["Metadata-Version", "Name", "Version", "Dynamic", "Requires-Dist", "X"]),
        st.text() | st.sampled_from(["2.2", "foo", "1.0", f"{MANY}.{MANY}", "²"]),
    )
).map(lambda fields: "\n".join(f"{name}: {value}" for name, value in fields).encode())
FILE = File(
    index="default", filename="foo-1.0.zip", url=BASE, name=FOO, version=Version("1.0"), sha256=None
)


@given(st.binary() | HEADERS)
@example(f"Version: {MANY}\nMetadata-Version: {MANY}.{MANY}".encode())
def test_any_metadata(data: bytes) -> None:
    is_final(data)
    identity_in(data)
    metadata_version(headers_of(data))
    metadata_of({"PKG-INFO": data, "requires.txt": data})
    try:
        check_identity(data, FILE)
    except MetadataError:
        return


@given(st.binary() | st.text().map(str.encode))
@example(f"project = {DEEP}".encode())
@example(f"project = {MANY}".encode())
@example(
    f"[project]\nname = 'a'\nversion = '1'\noptional-dependencies.x = ['a ; {'(' * 5000}']".encode()
)
def test_any_pyproject(data: bytes) -> None:
    stated_metadata(data)
