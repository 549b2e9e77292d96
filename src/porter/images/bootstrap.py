"""Make a root filesystem of Debian packages, executing nothing of them.

mmdebstrap's variant ``extract`` downloads with apt, which checks the distribution's signatures,
and unpacks; see mmdebstrap(1).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import Parser
from pathlib import Path

from porter.engine.process import tied
from porter.errors import ImageError
from porter.images import furnish
from porter.images.catalogue import Suite
from porter.images.roots import ROOT, folder_size
from porter.images.store import ImageInfo
from porter.images.unpack import unpack
from porter.model import Architecture

Notice = Callable[[str], None]

_STATUS = "var/lib/dpkg/status"
# Writes dpkg's own list of packages, which an extracted root lacks: the digest is made of it.
_LIST_PACKAGES = (
    'for deb in "$1"/var/cache/apt/archives/*.deb; do dpkg-deb -f "$deb" || exit 1; '
    f"printf 'Status: install ok unpacked\\n\\n'; done > \"$1/{_STATUS}\""
)
# The security archive forgets a suite some time after its support ends.
_DROP_SECURITY = 'sed -i "/security/d" "$1/etc/apt/sources.list"'
_PASSED_ON = ("TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LOOK = 0.2
"""Seconds between two looks at whether a tool is to end."""
LAST_LINES = 12
"""Of a tool's output, shown when it fails."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a tool ended and what it said."""

    code: int
    said: str


Run = Callable[[Sequence[str]], Finished]


def bootstrap(
    suite: Suite, arch: Architecture, scratch: Path, *, notice: Notice, run: Run
) -> ImageInfo:
    """Fill ``scratch/root`` with the suite's packages and make a manylinux-like root of it.

    Raises `ImageError` when mmdebstrap is missing or fails; its last lines are the context.
    """
    tar = scratch / "packages.tar"
    _fetch(suite, arch, tar, notice=notice, run=run)
    root = scratch / ROOT
    with tar.open("rb") as stream:
        unpack(stream, root, keep=furnish.wanted)
    tar.unlink()
    furnish.furnish(root, suite, arch)
    packages = read_packages((root / _STATUS).read_text(encoding="utf-8"))
    return ImageInfo(
        name=f"{suite.name}-{arch}",
        arch=arch,
        digest=digest(suite, arch, packages),
        origin="debian",
        interpreters=(suite.interpreter,),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        size=folder_size(root),
        suite=suite.name,
    )


def _fetch(suite: Suite, arch: Architecture, tar: Path, *, notice: Notice, run: Run) -> None:
    notice(
        f"bootstrapping Debian {suite.name} for {arch} ({len(suite.packages)} packages and theirs)"
    )
    first = run(command(suite, arch, tar))
    if first.code == 0:
        return
    if "security" not in first.said:
        raise _failed(suite, arch, first)
    notice(f"Debian's security archive no longer serves {suite.release}: trying without it")
    second = run(command(suite, arch, tar, security=False))
    if second.code != 0:
        raise _failed(suite, arch, second)


def command(
    suite: Suite, arch: Architecture, tar: Path, *, security: bool = True
) -> tuple[str, ...]:
    """mmdebstrap's command line; it knows its mirrors itself, and apt checks signatures."""
    return (
        "mmdebstrap",
        "--variant=extract",
        f"--architectures={arch.debian}",
        f"--include={','.join(suite.packages)}",
        f"--extract-hook={_LIST_PACKAGES}",
        *(() if security else (f"--setup-hook={_DROP_SECURITY}",)),
        suite.release,
        str(tar),
    )


def read_packages(status: str) -> Sequence[tuple[str, str, str]]:
    """Name, version and architecture of each package in dpkg's status file, sorted."""
    paragraphs = (Parser().parsestr(text) for text in status.split("\n\n") if text.strip())
    return sorted((p["Package"], p["Version"], p["Architecture"]) for p in paragraphs)


def digest(suite: Suite, arch: Architecture, packages: Sequence[tuple[str, str, str]]) -> str:
    """Identity of a root: the same packages, treated the same, are the same root."""
    lines = [f"porter root {furnish.VERSION} {suite.name} {arch}", *map(" ".join, packages)]
    text = "\n".join(lines)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def run_tool(argv: Sequence[str], *, stop: threading.Event | None = None) -> Finished:
    """Run a tool with a clean environment; on any exception it is gone before that goes on.

    It is terminated when this process dies. Raises KeyboardInterrupt when `stop` is set: of all
    threads a signal reaches the main one alone.
    """
    if stop is not None and stop.is_set():
        raise KeyboardInterrupt
    if shutil.which(argv[0], path=_PATH) is None:
        raise ImageError(f"{argv[0]} is missing", hint="Run: porter setup")
    with subprocess.Popen(
        [*tied(signal.SIGTERM), *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=_environment(os.environ),
        start_new_session=True,
    ) as process:
        try:
            said = _said(process, stop)
        except BaseException:
            _stop(process)
            raise
    return Finished(process.returncode, said.decode(errors="replace"))


def _said(process: subprocess.Popen[bytes], stop: threading.Event | None) -> bytes:
    while True:
        try:
            return process.communicate(timeout=_LOOK)[0]
        except subprocess.TimeoutExpired:
            if stop is not None and stop.is_set():
                raise KeyboardInterrupt from None


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask first: mmdebstrap removes its temporary folder when it is terminated."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, number)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue
        return


def _environment(caller: Mapping[str, str]) -> dict[str, str]:
    passed_on = {name: caller[name] for name in _PASSED_ON if name in caller}
    return {"PATH": _PATH, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"} | passed_on


def _failed(suite: Suite, arch: Architecture, finished: Finished) -> ImageError:
    lines = [line for line in finished.said.splitlines() if line.strip()]
    keyring = any(word in finished.said for word in ("NO_PUBKEY", "keyring", "not signed"))
    return ImageError(
        f"mmdebstrap could not make Debian {suite.name} for {arch} (exit status {finished.code})",
        context="\n".join(lines[-LAST_LINES:]),
        hint="Install debian-archive-keyring: apt checks Debian's signatures with it."
        if keyring
        else "Is Debian's mirror reachable from this machine?",
    )
