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

LONGEST = 3600.0
"""Seconds a page is believed at most without asking again, whatever the server says."""

_STRICT = re.compile(r"no-cache|no-store|must-revalidate|proxy-revalidate|s-maxage")
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

    def keep(
        self, asked: str, url: str, *, missing: bool, headers: Mapping[str, str], body: bytes
    ) -> Page:
        """Make a page of an answer, and keep it unless the server forbids that."""
        page = Page(
            url=url,
            missing=missing,
            content_type=headers.get("content-type", ""),
            body=body,
            etag=headers.get("etag"),
            modified=headers.get("last-modified"),
            fresh_until=self._until(headers),
            strict=bool(_STRICT.search(headers.get("cache-control", "").lower())),
        )
        if "no-store" not in headers.get("cache-control", "").lower():
            write_whole(self._path(asked), msgspec.msgpack.encode(page))
        return page

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
        if match is None or "no-cache" in control or "no-store" in control:
            return 0.0
        age = headers.get("age", "0")
        seconds = int(match[1]) - (int(age) if age.isdecimal() else 0)
        return self._now() + min(float(seconds), LONGEST)

    def _path(self, url: str) -> Path:
        digest = hashlib.sha256(url.encode()).hexdigest()
        return self._folder / digest[:2] / digest[2:]
