"""What core metadata says of itself (https://packaging.python.org/specifications/core-metadata/)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from packaging.utils import canonicalize_name
from packaging.version import Version

from porter.model import File

LIMIT = 16 << 20
"""Bytes of core metadata porter reads at most."""

_FORMAT = re.compile(r"(\d{1,9})\.(\d{1,9})")
_DEPENDENCIES = frozenset({"requires-dist", "requires-python", "provides-extra"})


class MetadataError(ValueError):
    """Metadata, or what should hold it, that cannot be used; its text says why."""


def headers_of(metadata: bytes) -> Message:
    """The fields of METADATA or PKG-INFO; tolerant as the format's own tools are."""
    return BytesHeaderParser(policy=compat32).parsebytes(metadata)


def check_identity(metadata: bytes, file: File) -> None:
    """Raise `MetadataError` unless name and version are those of the file's name."""
    headers = headers_of(metadata)
    name, version = str(headers.get("Name", "")), str(headers.get("Version", ""))
    try:
        same = canonicalize_name(name) == file.name and Version(version.strip()) == file.version
    except ValueError:  # also for more digits than Python takes
        same = False
    if not same:
        raise MetadataError(f"its metadata is for {name[:80]!r} {version[:80]!r}")


def is_final(pkg_info: bytes) -> bool:
    """Whether PKG-INFO promises its dependencies to any wheel built from the sdist (PEP 643)."""
    headers = headers_of(pkg_info)
    dynamic = {str(field).strip().lower() for field in headers.get_all("Dynamic", [])}
    return metadata_version(headers) >= (2, 2) and not dynamic & _DEPENDENCIES


def metadata_version(headers: Message) -> tuple[int, int]:
    """The version of the format; (0, 0) where it cannot be read."""
    match = _FORMAT.fullmatch(str(headers.get("Metadata-Version", "")).strip())
    return (int(match[1]), int(match[2])) if match else (0, 0)


def compose(pkg_info: bytes, *, requires: Iterable[str], extras: Iterable[str]) -> bytes:
    """Core metadata with the identity of `pkg_info` and the dependencies given."""
    headers = headers_of(pkg_info)
    lines = ["Metadata-Version: 2.1"]
    lines += [
        f"{field}: {' '.join(str(headers[field]).split())}"
        for field in ("Name", "Version", "Requires-Python")
        if field in headers
    ]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    return ("\n".join(lines) + "\n").encode()
