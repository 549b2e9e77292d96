"""Run auditwheel as what its authors support: a command; and say why it refused.

The Python functions behind it change between releases, and its errors are written for those who
know it, partly as bare tracebacks.
"""

from __future__ import annotations

import json
import os
import re
import sys
import sysconfig
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from porter.errors import StepFailed
from porter.model import Policy
from porter.repair.tool import run

TIMEOUT = 1800.0
"""Seconds; the largest wheels there are take some minutes."""
_CONTEXT_LINES = 15
_POLICIES = ("policy", "manylinux-policy.json")
_LOADERS = ("ld64.so.1", "ld64.so.2")  # ppc64le, s390x

# In order: the first that matches tells why.
_REASONS: tuple[tuple[str, str], ...] = (
    (
        r"couldn't detect libc for python extension (?P<file>\S+)",
        "{file} names no C library among the libraries it needs, so that no policy can be found",
    ),
    (
        r"found a dependency on MUSL|with Libc\.MUSL libc",
        "it is linked against musl, not against glibc",
    ),
    (
        r'required library "(?P<library>[^"]+)" could not be located',
        "it needs {library}, which is in none of the target's library folders",
    ),
    (
        r"found the following shared library/libraries in purelib folder:\s*(?P<file>\S+)",
        "{file} lies in its purelib folder; the package must be built as platform-specific",
    ),
    (
        r"too-recent versioned symbols",
        "it needs symbols of system libraries newer than every manylinux policy",
    ),
    (r"depends on black-listed symbols", "it uses symbols that no manylinux policy allows"),
    (
        r"unsupported ISA extensions",
        "it needs processor features that not every processor of the architecture has",
    ),
    (r"UCS2 build of Python", "it was built for a Python with narrow Unicode"),
    (
        r"with multiple (?:architectures|libc) are not supported",
        "its name states several platforms",
    ),
    (r"Cannot find required utility [`'\"]?patchelf", "patchelf is missing"),
    (r"patchelf (?P<version>\S+) found.*required", "patchelf {version} is too old"),
    (r"No space left on device", "no space is left on the disk"),
)


def repair(wheel: Path, *, ldpaths: Sequence[Path], work: Path, timestamp: int) -> Path | None:
    """Graft libraries into a wheel and give it its tag; return the file made.

    Libraries are searched in `ldpaths` only. `work` must be empty and stays the command's own.
    None when auditwheel found nothing to do. Raises `StepFailed` with its reason.
    """
    out, tmp = work / "out", work / "tmp"
    out.mkdir()
    tmp.mkdir()
    # Nothing is compressed: the archive is written anew in its canonical form.
    argv = [sys.executable, "-I", "-m", "auditwheel", "-v", "repair", "--plat", "auto", "-z", "0"]
    argv += ["--ldpaths", ":".join(map(str, ldpaths)), "--wheel-dir", str(out), str(wheel)]
    env = environment(tmp, timestamp)
    name = f"{wheel.name}: auditwheel"
    status, written = run(argv, name=name, env=env, work=work, seconds=TIMEOUT)
    made = sorted(out.glob("*.whl"))
    if status != 0:
        raise StepFailed(f"{wheel.name}: {explain(written)}", context=_tail(written))
    return made[0] if made else None


def is_left_to_the_system(library: str, policy: Policy) -> bool:
    """Whether auditwheel grafts a library under no circumstances, since all such systems have it.

    It tells by the list it comes with, and the loader by its name.
    """
    loader = "ld-linux" in library or library in _LOADERS
    return loader or library in _system_libraries(policy)


@cache
def _system_libraries(policy: Policy) -> frozenset[str]:
    policies = json.loads(files("auditwheel").joinpath(*_POLICIES).read_bytes())
    name = "manylinux_{}_{}".format(*policy.glibc)
    return frozenset(
        library for known in policies if known["name"] == name for library in known["lib_whitelist"]
    )


def environment(tmp: Path, timestamp: int) -> dict[str, str]:
    """All that auditwheel sees of the caller's environment: its tools on PATH.

    No ``AUDITWHEEL_*`` (of the images' contract: for their own architecture) and no
    ``LD_LIBRARY_PATH`` (it would search this machine's libraries).
    """
    return {
        "PATH": os.pathsep.join((sysconfig.get_path("scripts"), os.defpath)),
        "HOME": str(tmp),
        "TMPDIR": str(tmp),
        "LANG": "C.UTF-8",
        "SOURCE_DATE_EPOCH": str(timestamp),
    }


def explain(output: str) -> str:
    """Why auditwheel failed, in one sentence, from all it wrote."""
    for pattern, reason in _REASONS:
        if match := re.search(pattern, output):
            return reason.format(**match.groupdict())
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return f"auditwheel: {lines[-1]}" if lines else "auditwheel failed without a word"


def _tail(output: str) -> str:
    return "\n".join(output.splitlines()[-_CONTEXT_LINES:])
