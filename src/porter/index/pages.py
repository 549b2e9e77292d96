"""The two forms of the simple API: JSON (PEP 691) and HTML (PEP 503)."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlsplit

import msgspec

from porter.index.links import Link

ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
)
"""JSON first: only that has sizes and upload times."""


class PageError(ValueError):
    """A page that is neither of the two forms."""


class _Meta(msgspec.Struct, rename="kebab"):
    api_version: str = "1.0"


class _Page(msgspec.Struct):
    files: list[Link]
    meta: _Meta = msgspec.field(default_factory=_Meta)


class _RawPage(msgspec.Struct):
    files: list[msgspec.Raw]
    meta: _Meta = msgspec.field(default_factory=_Meta)


def parse_page(body: bytes, *, content_type: str, url: str) -> list[Link]:
    """The links of a page; raise `PageError` when it is of another kind.

    An HTML page's links are absolute; a JSON page's are as written, relative to `url`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in {"application/vnd.pypi.simple.v1+json", "application/json"}:
        try:
            return _parse_json(body)
        except RecursionError:
            raise PageError("it is nested too deep") from None
    if kind in {"application/vnd.pypi.simple.v1+html", "text/html", "application/xhtml+xml"}:
        return parse_html(body, url=url)
    raise PageError(f"it is {kind or 'of no stated type'}, not a page of the simple API")


def _parse_json(body: bytes) -> list[Link]:
    try:
        page = msgspec.json.decode(body, type=_Page)
    except msgspec.ValidationError:
        return _parse_json_link_by_link(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PageError(f"it is not JSON: {error}") from error
    return _checked(page.meta, page.files)


def _parse_json_link_by_link(body: bytes) -> list[Link]:
    """One link of the wrong shape must not hide the others."""
    try:
        page = msgspec.json.decode(body, type=_RawPage)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PageError(f"it is not a page of the simple API: {error}") from error
    links = []
    for raw in page.files:
        try:
            links.append(msgspec.json.decode(raw, type=Link))
        except (msgspec.DecodeError, UnicodeDecodeError):
            links.append(Link(filename="", url=""))  # counted as not understood later
    return _checked(page.meta, links)


def _checked(meta: _Meta, links: list[Link]) -> list[Link]:
    # PEP 629: a client must refuse another major version.
    if meta.api_version.partition(".")[0] != "1":
        raise PageError(f"it has version {meta.api_version} of the simple API; porter knows 1.x")
    return links


def parse_html(body: bytes, *, url: str) -> list[Link]:
    """The links of an HTML page: PEP 503, or any page with links to files (``--find-links``)."""
    reader = _Anchors(url)
    try:
        # Nothing but feed, as in pip: close() looks at what is not finished, in which no link is
        # whole, again and again, so that some kB of "<a " take it minutes.
        reader.feed(body.decode("utf-8", errors="replace"))
    except (AssertionError, ValueError) as error:  # for "<![x[", and for "&#" with many digits
        raise PageError(f"it is not HTML: {error}") from error
    if not reader.api_version.startswith("1."):
        raise PageError(f"it has version {reader.api_version} of the simple API; porter knows 1.x")
    return reader.links


class _Anchors(HTMLParser):
    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self._base = url
        self.links: list[Link] = []
        self.api_version = "1.0"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"a", "base", "meta"}:
            return
        # HTMLParser gives None for an attribute without a value; the first of two counts.
        given = {key: value or "" for key, value in reversed(attrs)}
        if tag == "base" and "href" in given:
            self._base = _join(self._base, given["href"])
        elif tag == "meta" and given.get("name") == "pypi:repository-version":
            self.api_version = given.get("content", "")
        elif tag == "a" and given.get("href"):
            self.links.append(_link(_join(self._base, given["href"]), given))


def _link(url: str, given: dict[str, str]) -> Link:
    path, _, fragment = url.partition("#")
    return Link(
        filename=_last_component(path),
        url=path,
        hashes=_hash(fragment),
        requires_python=given.get("data-requires-python"),
        yanked=given.get("data-yanked", False),
        core_metadata=_hash(given.get("data-core-metadata", "")) or None,
        dist_info_metadata=_hash(given.get("data-dist-info-metadata", "")) or None,
    )


def _hash(text: str) -> dict[str, str]:
    """``sha256=…`` as a dict; also as one of several parts of a fragment."""
    parts = (part.partition("=") for part in text.split("&"))
    return {name: value for name, equals, value in parts if equals}


def _last_component(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""


def _join(base: str, href: str) -> str:
    try:
        return urljoin(base, href.strip())
    except ValueError:
        return ""
