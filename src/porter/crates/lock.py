"""Which crates a Cargo.lock names (https://doc.rust-lang.org/cargo/, "Cargo.toml vs Cargo.lock").

Versions 1 to 4 of the format. The first kept checksums in a table of their own.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from porter.errors import StepFailed

RULE = "crate-lock"
"""The kind of failure (`porter.diagnose`) that a lock is which porter cannot go by."""
VENDOR = "A recipe can name a source that holds its crates (made by cargo vendor)."

_REGISTRIES = ("registry+", "sparse+")
# Names and versions become file names.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, order=True)
class Crate:
    """A crate of a registry, as a lock names it."""

    name: str
    version: str
    source: str
    """The registry as locks write it: ``registry+…`` or ``sparse+…``."""
    sha256: str

    @property
    def folder(self) -> str:
        """What its archive unpacks to; with ``.crate`` the archive's own name."""
        return f"{self.name}-{self.version}"

    def __str__(self) -> str:
        """``asn1 0.6.1``."""
        return f"{self.name} {self.version}"


def read_lock(text: bytes, where: str) -> tuple[Crate, ...]:
    """The crates of registries in a lock; `where` is its name in messages.

    Raises `StepFailed` for a lock that cannot be read, that gives a crate no checksum, or takes one
    from a git repository.
    """
    try:
        lock = tomllib.loads(text.decode())
        return tuple(_crates(lock, where))
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise StepFailed(
            f"its {where} cannot be read: {error}", hint=VENDOR, final=True, rule=RULE
        ) from error


def _crates(lock: dict[str, Any], where: str) -> Iterator[Crate]:
    sums = lock.get("metadata", {})
    for package in lock.get("package", []):
        source = package.get("source")
        if source is None:
            continue  # lies in the source tree itself
        name, version = package["name"], package["version"]
        if not (_NAME.fullmatch(name) and _VERSION.fullmatch(version)):
            raise ValueError(f"{name!r} {version!r} is no crate")
        if not source.startswith(_REGISTRIES):
            kind = source.partition("+")[0]
            raise _refused(f"takes the crate {name} from a {kind} source", where)
        told = package.get("checksum", sums.get(f"checksum {name} {version} ({source})"))
        if not (isinstance(told, str) and _SHA256.fullmatch(told)):
            raise _refused(f"gives the crate {name} {version} no checksum", where)
        yield Crate(name, version, source, told)


def _refused(why: str, where: str) -> StepFailed:
    return StepFailed(
        f"its {where} {why}, and porter fetches from registries, by checksum",
        hint=VENDOR,
        final=True,
        rule=RULE,
    )
