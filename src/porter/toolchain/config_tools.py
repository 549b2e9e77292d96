"""Programs that tell a build where libraries lie, made to answer for the sysroot alone.

``pkg-config`` is pkgconf, of the build platform, from the package of that name. The likes of
``pg_config`` and ``xml2-config`` are the target's own: a script runs as it is, a program under
QEMU, and what they say of ``/usr`` is put below the sysroot.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from porter.errors import SurroundingsError
from porter.model import Architecture
from porter.toolchain import store
from porter.toolchain.sandbox import SYSROOT

_FOLDERS = ("usr/bin", "usr/local/bin")
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*[-_]config(-[\d.]+)?", re.ASCII)
# These speak for the machine they run on; of Python it is the posed one's sysconfig that counts.
_NOT_THESE = re.compile(r"(.*-)?(pkg-config|python[\d.]*-config)")
_SCRIPT = r"""#!/bin/sh
# The target's own, with its places below the sysroot.
said=$('{program}' "$@") || exit $?
printf '%s\n' "$said" | sed -E -e ':a' -e '{replace}' -e 'ta'
"""
# A path begins a word, or follows a flag, a quote or a separator; "/usr" alone is one too.
_REPLACE = (
    r"""s#(^|[[:space:]=:"]|-I|-L|-isystem)/(usr|opt|lib|etc)($|[/[:space:]:,"])#"""
    rf"\1{SYSROOT}/\2\3#"
)


def folder(sysroot: Path, arch: Architecture, cache: Path) -> tuple[Path, list[object]]:
    """A folder for PATH, kept in `cache`, and what identifies it."""
    scripts = {
        name: _SCRIPT.format(program=f"{SYSROOT}/{place}", replace=_REPLACE)
        for name, place in _programs(sysroot).items()
    }
    parts: list[object] = [scripts, importlib.metadata.version("pkgconf"), arch.triple]

    def make(draft: Path) -> None:
        store.write(draft, scripts)
        for name in ("pkg-config", "pkgconf", f"{arch.triple}-pkg-config"):
            shutil.copyfile(_pkgconf(), draft / name)
        for program in draft.iterdir():
            program.chmod(0o755)

    return store.folder(cache, "config", store.digest(*parts), make), parts


def _programs(sysroot: Path) -> Mapping[str, str]:
    """Name to place, relative to the sysroot."""
    return {
        path.name: f"{place}/{path.name}"
        for place in _FOLDERS
        for path in sorted((sysroot / place).glob("*config*"))
        if _NAME.fullmatch(path.name) and not _NOT_THESE.fullmatch(path.name)
    }


def _pkgconf() -> Path:
    spec = importlib.util.find_spec("pkgconf")
    program = Path(spec.origin).parent / ".bin/pkgconf" if spec and spec.origin else None
    if program is None or not program.is_file():
        raise SurroundingsError(
            "pkgconf is missing, which finds libraries for the strategy cross",
            hint="Install porter again, or: pip install pkgconf.",
        )
    return program
