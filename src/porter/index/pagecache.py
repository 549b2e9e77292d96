"""Pages of indexes on disk, kept as HTTP says (RFC 9111: max-age, ETag, Last-Modified).

Why not a general HTTP cache: the ones at hand keep the request's Authorization header on disk,
and they cannot serve, offline, a page whose server sent neither a lifetime nor a validator.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from porter.index.atomic import write_whole
from porter.index.http import Reply

LONGEST = 3600.0
"""Seconds a page is believed at most without asking again, whatever the server says."""
UNSTATED = 600.0
"""Seconds a page is believed whose server gives neither a lifetime nor a way to ask whether it has
changed (RFC 9111, section 4.2.2): as long as the public index states for its own pages."""

# A server that sends one of these has said something of how long its page is good.
_TELLING = ("cache-control", "etag", "expires", "last-modified")
_STRICT = re.compile(r"no-cache|no-store|must-revalidate|proxy-revalidate|s-maxage")
_AGE = re.compile(r"0*(\d{1,9})\d*")
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})")


class Page(msgspec.Struct, frozen=True):
    """An answer for an address, 404 included."""

    url: str
    """Where it came from in the end."""
    missing: bool
    content_type: str
    body: bytes
    etag: str | None = None
    modified: str | None = None
    fresh_until: float = 0.0
    """Seconds since the epoch."""
    strict: bool = False
    """The server forbids to take it, once it is not fresh, without asking (RFC 9111, 4.2.4)."""

    def conditions(self) -> dict[str, str]:
        """Headers that ask for it only if it has changed."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in found.items() if value}


def may_be_kept(headers: Mapping[str, str]) -> bool:
    """Whether the server lets an answer be kept."""
    return "no-store" not in headers.get("cache-control", "").lower()


class PageCache:
    """A folder of pages by address. Safe against other threads and processes."""

    def __init__(self, folder: Path, *, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now

    def load(self, url: str) -> Page | None:
        """The page kept for an address, fresh or not."""
        try:
            return msgspec.msgpack.decode(self._path(url).read_bytes(), type=Page)
        except (OSError, msgspec.DecodeError):
            # One that cannot be read is as none; writing the new one tells what is wrong.
            return None

    def is_fresh(self, page: Page) -> bool:
        """Whether its server need not be asked again yet."""
        return self._now() < page.fresh_until

    def page(self, reply: Reply) -> Page:
        """Make a page of an answer."""
        headers = reply.headers
        return Page(
            url=reply.url,
            missing=reply.missing,
            content_type=headers.get("content-type", ""),
            body=reply.body,
            etag=headers.get("etag"),
            modified=headers.get("last-modified"),
            fresh_until=self._until(headers),
            strict=bool(_STRICT.search(headers.get("cache-control", "").lower())),
        )

    def keep(self, asked: str, page: Page) -> None:
        """Keep the page for the address that was asked."""
        write_whole(self._path(asked), msgspec.msgpack.encode(page))

    def renew(self, asked: str, page: Page, headers: Mapping[str, str]) -> Page:
        """Note that the server called the page unchanged."""
        renewed = msgspec.structs.replace(
            page, fresh_until=self._until(headers), etag=headers.get("etag", page.etag)
        )
        write_whole(self._path(asked), msgspec.msgpack.encode(renewed))
        return renewed

    def _until(self, headers: Mapping[str, str]) -> float:
        control = headers.get("cache-control", "").lower()
        match = _MAX_AGE.search(control)
        if "no-cache" in control or "no-store" in control:
            return 0.0
        if match is None:
            return 0.0 if any(name in headers for name in _TELLING) else self._now() + UNSTATED
        age = _AGE.fullmatch(headers.get("age", ""))
        seconds = int(match[1]) - (int(age[1]) if age else 0)
        return self._now() + min(float(seconds), LONGEST)

    def _path(self, url: str) -> Path:
        digest = hashlib.sha256(url.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]
