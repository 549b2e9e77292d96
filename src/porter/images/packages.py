"""Add packages of its distribution to a Debian root, executing nothing of them.

The host's apt does it: it resolves, downloads and checks signatures for any architecture, against
the root's own list of sources and of installed packages. The packages are unpacked over a copy of
the root made of hard links; the root itself, in which wheels are verified, stays without them.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from porter.errors import ImageError, StepFailed
from porter.images.alternatives import Alternative, chosen, stated
from porter.images.bootstrap import LAST_LINES, Finished, Notice, Run, read_packages
from porter.images.deb import Deb, files_of, read_deb
from porter.images.furnish import wanted
from porter.images.ldcache import write_cache
from porter.images.roots import ROOT, folder_size
from porter.images.store import ImageInfo
from porter.images.unpack import relative_link, unpack

VERSION = 1
"""Part of an extended root's digest: raise it when what is done here changes."""

_STATUS = "var/lib/dpkg/status"
_UNKNOWN = re.compile(
    r"Unable to locate package (?P<name>\S+)|Package '?(?P<gone>[^\s']+)'? has no installation"
)


def extend(
    base: ImageInfo,
    files: Path,
    packages: tuple[str, ...],
    scratch: Path,
    *,
    notice: Notice,
    run: Run,
) -> ImageInfo:
    """Fill ``scratch/root`` with the files of `base` (lying at `files`) and these packages.

    Raises:
        StepFailed: the distribution has no package of a name.
        ImageError: apt is missing or fails; its last lines are the context.

    """
    notice(f"adding {', '.join(packages)} to {base.name}, with what they depend on")
    root = scratch / ROOT
    root.rmdir()
    shutil.copytree(files, root, symlinks=True, copy_function=os.link)
    debs = [read_deb(path) for path in _download(base, root, packages, scratch, run=run)]
    for deb in debs:
        with files_of(deb) as stream:
            unpack(stream, root, keep=wanted, over=True)
    _note_installed(root, debs)
    _link_alternatives(root, [offer for deb in debs for offer in stated(deb.postinst)])
    _replaced(root / "etc/ld.so.cache")
    write_cache(root, base.arch)
    added = read_packages("\n\n".join(deb.paragraph for deb in debs))
    return replace(
        base,
        name="+".join((f"{base.suite}-{base.arch}", *packages)),
        digest=digest(base.digest, added),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        size=folder_size(root),
        base=base.digest,
        packages=packages,
        path=None,
    )


def digest(base: str, added: Sequence[tuple[str, str, str]]) -> str:
    """Identity of an extended root: that of its base, and what was added to it."""
    text = "\n".join([f"porter packages {VERSION} {base}", *map(" ".join, added)])
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def apt(root: Path, architectures: Sequence[str], state: Path) -> tuple[str, ...]:
    """apt-get of this machine, acting for a root: its sources, its packages; state in `state`.

    The root's own architecture (Debian's name) comes first among `architectures`.
    Of this machine's own configuration only the keys it trusts are used; see apt.conf(5).
    """
    options = {
        "APT::Architecture": architectures[0],
        "APT::Architectures": ",".join(architectures),
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "Dir::Cache": str(state / "cache"),
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::Etc::sourcelist": str(root / "etc/apt/sources.list"),
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State": str(state),
        "Dir::State::status": str(root / _STATUS),
    }
    return ("apt-get", *(f"-o{name}={value}" for name, value in options.items()))


def _download(
    base: ImageInfo, root: Path, packages: Sequence[str], scratch: Path, *, run: Run
) -> list[Path]:
    state = scratch / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True)
    # "libstd-rust-dev:arm64" is a package of another architecture than the root's (apt-get(8)).
    foreign = sorted({name.partition(":")[2] for name in packages if ":" in name})
    command = apt(root, (base.arch.debian, *foreign), state)
    wanted_packages = ("install", "--yes", "--download-only", "--", *packages)
    for words in (("update", "--error-on=any"), wanted_packages):
        done = run((*command, *words))
        if done.code != 0:
            raise _failed(base, done)
    return sorted((state / "cache/archives").glob("*.deb"))


def _failed(base: ImageInfo, done: Finished) -> Exception:
    context = "\n".join(line for line in done.said.splitlines()[-LAST_LINES:] if line.strip())
    if match := _UNKNOWN.search(done.said):
        return StepFailed(
            f"Debian {base.suite} has no package {match['name'] or match['gone']} for {base.arch}",
            context=context,
            hint="Mend the recipe's system.apt.",
            final=True,
        )
    return ImageError(
        f"apt could not fetch packages for {base.name} (exit status {done.code})",
        context=context,
        hint="Is Debian's mirror reachable from this machine?",
    )


def _note_installed(root: Path, debs: Sequence[Deb]) -> None:
    place = root / _STATUS
    known = place.read_text(encoding="utf-8")
    added = "".join(f"{deb.paragraph}\nStatus: install ok unpacked\n\n" for deb in debs)
    _replaced(place).write_text(known + added, encoding="utf-8")


def _replaced(place: Path) -> Path:
    """The place of a file that shall be written anew: its old content belongs to the base too."""
    place.unlink(missing_ok=True)
    return place


def _link_alternatives(root: Path, alternatives: Sequence[Alternative]) -> None:
    for link, target in chosen(alternatives).items():
        place = root / link.lstrip("/")
        if (root / target.lstrip("/")).exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _replaced(place).symlink_to(relative_link(link.lstrip("/"), target))
