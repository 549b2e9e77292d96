"""Addresses: which may lead to which, and what of them may be shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

Credentials = tuple[str, str]
"""User and password."""

# From the scheme of a page or redirect to the schemes it may lead to: never from a server into
# this machine's files, and never from an encrypted address to an open one.
_LEADS_TO = {
    "https": frozenset({"https"}),
    "http": frozenset({"http", "https"}),
    "file": frozenset({"http", "https", "file"}),
}


def may_lead_to(source: str, destination: str) -> bool:
    """Whether a page or redirect at `source` may send porter to `destination`."""
    allowed = _LEADS_TO.get(source.partition(":")[0].lower(), frozenset())
    return destination.partition(":")[0].lower() in allowed


def split_credentials(url: str) -> tuple[str, Credentials | None]:
    """The address without ``user:password@``, and what stood there."""
    parts = urlsplit(url)
    if "@" not in parts.netloc:
        return url, None
    userinfo, _, _ = parts.netloc.rpartition("@")
    user, _, password = userinfo.partition(":")
    return urlunsplit(_without_userinfo(parts)), (unquote(user), unquote(password))


def shown(url: str) -> str:
    """The address as messages show it: no credentials, no query (signed URLs keep keys there)."""
    if url.startswith("git+"):  # urlunsplit knows no such scheme, and drops empty hosts
        return f"git+{shown(url.removeprefix('git+'))}"
    try:
        parts = _without_userinfo(urlsplit(url))
    except ValueError:
        return "(an address that cannot be read)"
    return urlunsplit(parts._replace(query="", fragment=""))


def origin(url: str) -> str:
    """``scheme://host:port`` in lower case: what credentials belong to."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


def path_of(url: str) -> Path | None:
    """The path a ``file:`` URL names on this machine, or None for any other address."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    return Path(unquote(parts.path))


def with_suffix(url: str, suffix: str) -> str:
    """`url` with `suffix` after its path (before a query); the fragment is dropped."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path + suffix, fragment=""))


def _without_userinfo(parts: SplitResult) -> SplitResult:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])
