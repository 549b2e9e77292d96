"""From what a page says of a file to `porter.model.File`.

Everything here is foreign: a link that cannot be understood, or that leads where a page may not
lead, is left out and counted, never an error. Pages have thousands of links, so each costs a few
microseconds only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated
from urllib.parse import urljoin

import msgspec
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.filenames import parse_filename
from porter.index.lenient import is_reasonable, meanings
from porter.index.urls import may_lead_to, origin, split_credentials
from porter.model import File

_SHA256 = re.compile(r"[0-9a-f]{64}")
# What nearly all links look like, so that only the others are taken apart.
_PLAIN = re.compile(r"https://[A-Za-z0-9.-]+/[^\s#@?\\]*")


# JSON's numbers have no end, those of a listing (`porter.index.listing`) have.
_Size = Annotated[int, msgspec.Meta(gt=-(1 << 62), lt=1 << 62)]


class Link(msgspec.Struct, rename="kebab", omit_defaults=True):
    """A file as a page states it; the names are PEP 691's and PEP 700's."""

    filename: str
    url: str
    hashes: dict[str, str] = {}
    size: _Size | None = None
    upload_time: str | None = None
    requires_python: str | None = None
    yanked: bool | str = False
    core_metadata: bool | dict[str, str] | None = None
    dist_info_metadata: bool | dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one project on one page."""

    files: tuple[File, ...]
    skipped: int
    """How many links were not understood or not allowed."""


def files_of(links: Iterable[Link], *, project: NormalizedName, index: str, base: str) -> Listing:
    """The files of `project` among the links of the page at `base`."""
    found: list[File] = []
    skipped = 0
    for link in links:
        file = _file(link, project, index, base)
        if file is None:
            skipped += 1
        else:
            found.append(file)
    return Listing(tuple(found), skipped)


def releases_of(
    links: Iterable[Link], *, project: NormalizedName, base: str
) -> dict[Version, list[Link]]:
    """The links that `files_of` makes files of, by release, their addresses made absolute."""
    found: dict[Version, list[Link]] = {}
    for link in links:
        parsed = parse_filename(link.filename, project)
        url = _url(link.url, base) if parsed else None
        if parsed is not None and url is not None:
            link.url = url
            found.setdefault(parsed.version, []).append(link)
    return found


def sha256_in(hashes: dict[str, str]) -> str | None:
    """A well-formed sha256 among `hashes`: it becomes part of paths, so nothing else will do."""
    text = hashes.get("sha256", "").lower()
    return text if _SHA256.fullmatch(text) else None


def _file(link: Link, project: NormalizedName, index: str, base: str) -> File | None:
    parsed = parse_filename(link.filename, project)
    url = _url(link.url, base) if parsed else None
    if parsed is None or url is None:
        return None
    metadata = link.core_metadata if link.core_metadata is not None else link.dist_info_metadata
    return File(
        index=index,
        filename=link.filename,
        url=url,
        name=project,
        version=parsed.version,
        sha256=sha256_in(link.hashes),
        size=link.size if link.size is not None and link.size >= 0 else None,
        upload_time=_instant(link.upload_time),
        requires_python=read_specifier(link.requires_python),
        yanked=_yanked(link.yanked),
        tags=parsed.tags,
        build=parsed.build,
        metadata_sha256=sha256_in(metadata) if isinstance(metadata, dict) else None,
    )


def _url(url: str, base: str) -> str | None:
    if _PLAIN.fullmatch(url):
        return url
    try:
        url = urljoin(base, url)
        if not may_lead_to(base, url):
            return None
        if "@" in url:
            # A page's own password would end in plans and messages.
            url, _ = split_credentials(url)
        origin(url)  # raises where the port or the host cannot be read
    except ValueError:
        return None
    return url.partition("#")[0]


@lru_cache(maxsize=4096)
def read_specifier(text: str | None) -> SpecifierSet | None:
    """What a file asks of Python, as it was meant; None for nothing, or what cannot be read."""
    if not text or not is_reasonable(text):
        return None
    for meant in meanings(text):
        try:
            return SpecifierSet(meant)
        except InvalidSpecifier:
            continue
    return None


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
        instant = instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    # Days are added to it, which the end of the calendar does not take.
    return instant if 1970 <= instant.year < 9000 else None


def _yanked(value: bool | str) -> str | None:  # noqa: FBT001 - PEP 592 in JSON: false, true, reason
    if isinstance(value, str):
        return value
    return "" if value else None
