"""Wheel tags for a platform other than the host's (PEP 425, PEP 600).

Nothing here asks the running interpreter or libc: every list is built from the values given,
because `packaging.tags` falls back to the host wherever it is left a choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from packaging.tags import Tag, compatible_tags, cpython_tags

from porter.model import LEGACY_POLICIES, Architecture, Interpreter, Platform

# manylinux began with glibc 2.5 on x86; every other architecture joined with manylinux2014.
# https://peps.python.org/pep-0599/#the-manylinux2014-policy
_OLDEST_GLIBC_X86 = (2, 5)
_OLDEST_GLIBC = (2, 17)


def manylinux_platforms(arch: Architecture, glibc: tuple[int, int]) -> tuple[str, ...]:
    """Platform tags a system with this glibc accepts, best first; never empty.

    A legacy alias (``manylinux2014``) stands right after its perennial name, as in pip. A glibc
    below the architecture's oldest policy still yields that policy.
    """
    oldest = _OLDEST_GLIBC_X86 if arch.name == "x86_64" else _OLDEST_GLIBC
    platforms = []
    for minor in range(max(glibc[1], oldest[1]), oldest[1] - 1, -1):
        platforms.append(f"manylinux_2_{minor}_{arch}")
        if legacy := LEGACY_POLICIES.get((2, minor)):
            platforms.append(f"{legacy}_{arch}")
    return tuple(platforms)


def target_tags(platform: Platform, interpreter: Interpreter, *, local: bool = False) -> list[Tag]:
    """Tags of wheels the target can use, best first.

    ``local`` adds ``linux_ARCH`` at the end of each group: public indexes refuse such wheels,
    but one that lies in a folder of the user's was put there on purpose.
    """
    return _tags(platform.arch, platform.policy.glibc, interpreter, local=local)


def build_tags(
    arch: Architecture,
    glibc: tuple[int, int],
    interpreter: Interpreter,
    *,
    local: bool = False,
) -> list[Tag]:
    """Tags of wheels that can be used in a build root with this architecture and glibc."""
    return _tags(arch, glibc, interpreter, local=local)


def _tags(
    arch: Architecture, glibc: tuple[int, int], interpreter: Interpreter, *, local: bool
) -> list[Tag]:
    platforms: Sequence[str] = manylinux_platforms(arch, glibc)
    if local:
        platforms = [*platforms, f"linux_{arch}"]
    version = (interpreter.major, interpreter.minor)
    return [
        *cpython_tags(version, abis=[interpreter.abi], platforms=platforms),
        *compatible_tags(version, interpreter=interpreter.tag, platforms=platforms),
    ]
