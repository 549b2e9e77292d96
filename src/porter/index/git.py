"""Commits of git repositories as source archives, fetched with this machine's git.

Nothing of a repository is run: it is bare and never checked out, so there are no hooks, no filters
(LFS files stay pointers) and no submodules. The archive of a commit is the same on every machine:
a tar that is not compressed, its members sorted, each with the commit's time.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from porter.errors import IndexUnavailable, StepFailed, SurroundingsError
from porter.index.atomic import make_folder
from porter.index.reference import Reference
from porter.index.urls import Credentials, origin, shown

# A server that sends less than this for half a minute is not waited for.
_SLOW = {"http.lowSpeedLimit": "1000", "http.lowSpeedTime": "30"}
# The user's own settings count for the way to the server (proxies, credentials); none of git's
# hooks and programs that such settings may name is run.
_QUIET = {"core.hooksPath": "/dev/null", "core.fsmonitor": "false", "gc.auto": "0", **_SLOW}
# Of the variables that steer git, those that tell how to get to a server.
_KEPT = re.compile(r"(?!GIT_)|GIT_(SSL_|SSH|CONFIG|PROXY_)")
_REFUSED = re.compile(r"^fatal: transport '.*' not allowed", re.MULTILINE)
_LONGEST = 300


class Git:
    """Asks repositories. `credentials` maps an origin to what is sent there, and nowhere else."""

    def __init__(
        self,
        folder: Path,
        *,
        credentials: Mapping[str, Credentials],
        offline: bool,
        notice: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._credentials = credentials
        self._offline = offline
        self._notice = notice

    def commit(self, reference: Reference) -> str:
        """The commit a reference names today.

        Raises `porter.errors.StepFailed` when the repository has no such branch or tag, and
        `porter.errors.IndexUnavailable` when it cannot be asked.
        """
        if reference.commit is not None:
            return reference.commit
        wanted = reference.revision or "HEAD"
        refs = dict(_refs(self._run(reference, "ls-remote", "--", _address(reference))))
        for name in (wanted, f"refs/heads/{wanted}", f"refs/tags/{wanted}"):
            # A tag with a message of its own is peeled to what it names.
            if found := refs.get(f"{name}^{{}}") or refs.get(name):
                return found
        raise StepFailed(
            f"{shown(reference.url)} has no branch or tag {wanted!r}",
            hint="A commit is named by its full hash.",
            final=True,
        )

    @contextmanager
    def archive(self, reference: Reference) -> Iterator[Path]:
        """The archive of a commit, a file that is gone afterwards.

        Raises `porter.errors.StepFailed` when the repository has no such commit or subdirectory,
        and `porter.errors.IndexUnavailable` when it cannot be fetched.
        """
        make_folder(self._folder)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".clone-") as scratch:
            clone, raw, made = (Path(scratch) / name for name in ("clone", "raw.tar", "source.tar"))
            self._run(reference, "init", "--quiet", "--bare", "--template=", str(clone))
            self._fetch(reference, clone)
            time = self._time(reference, clone)
            self._export(reference, clone, raw)
            _rewrite(raw, made, top=reference.filename.removesuffix(".tar"), time=time)
            yield made

    def _fetch(self, reference: Reference, clone: Path) -> None:
        """The one commit where the server gives it alone, else the whole history."""
        address, commit = _address(reference), reference.revision
        options = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules")
        try:
            self._run(reference, *options, "--depth=1", "--", address, commit, folder=clone)
        except IndexUnavailable:
            everything = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
            self._run(reference, *options, "--", address, *everything, folder=clone)
        try:
            self._run(reference, "cat-file", "-e", f"{commit}^{{commit}}", folder=clone)
        except IndexUnavailable:
            raise StepFailed(
                f"{shown(reference.url)} has no commit {commit}",
                hint="It may have been dropped by a forced push, or be of another repository.",
                final=True,
            ) from None

    def _time(self, reference: Reference, clone: Path) -> int:
        shown_time = ("show", "--no-patch", "--format=%ct", reference.revision, "--")
        return int(self._run(reference, *shown_time, folder=clone).split()[-1])

    def _export(self, reference: Reference, clone: Path, target: Path) -> None:
        tree = f"{reference.revision}:{reference.subdirectory}"
        try:
            listed = self._run(reference, "ls-tree", "-r", "-z", tree, folder=clone)
        except IndexUnavailable:
            raise StepFailed(
                f"{shown(reference.url)} has no folder {reference.subdirectory!r} in "
                f"{reference.revision}",
                final=True,
            ) from None
        modules = [line.partition("\t")[2] for line in listed.split("\0") if line[:6] == "160000"]
        if modules:
            self._notice(f"{shown(reference.url)}: submodules stay empty: {', '.join(modules)}")
        # Settings that name filters would be heeded here, so that none is read.
        none = {
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": "/nonexistent",
        }
        command = ("archive", "--format=tar", f"--output={target}", tree)
        self._run(reference, *command, folder=clone, env=none)

    def _run(
        self,
        reference: Reference,
        *words: str,
        folder: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> str:
        """What git writes; `IndexUnavailable` when it fails."""
        if self._offline:
            raise IndexUnavailable(
                f"{shown(str(reference))} is not in the cache, and porter is offline",
                hint="Run the same once without --offline (PORTER_OFFLINE).",
            )
        make_folder(self._folder)
        place = () if folder is None else (f"--git-dir={folder}",)
        try:
            done = subprocess.run(
                ["git", *place, *words],
                cwd=self._folder,
                env={**self._environment(reference), **(env or {})},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        except (FileNotFoundError, PermissionError):
            raise SurroundingsError(
                f"{shown(reference.url)} is a git repository, and git is not installed",
                hint="Install git (Debian: apt install git), or name an archive instead.",
            ) from None
        if done.returncode != 0:
            raise _unavailable(reference, done.stderr.decode(errors="replace"))
        return done.stdout.decode(errors="surrogateescape")

    def _environment(self, reference: Reference) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if _KEPT.match(name)}
        settings = {**_QUIET, **self._login(reference)}
        # In the environment, not among the arguments: every user of a machine can read those.
        first = int(kept.get("GIT_CONFIG_COUNT") or 0)
        for place, (key, value) in enumerate(settings.items(), start=first):
            kept[f"GIT_CONFIG_KEY_{place}"] = key
            kept[f"GIT_CONFIG_VALUE_{place}"] = value
        return kept | {
            "GIT_CONFIG_COUNT": str(first + len(settings)),
            "GIT_ALLOW_PROTOCOL": reference.url.partition(":")[0].removeprefix("git+"),
            # The cache may lie inside of somebody's repository, whose settings do not count.
            "GIT_CEILING_DIRECTORIES": str(self._folder.absolute().parent),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
            "GIT_LFS_SKIP_SMUDGE": "1",
            "LC_ALL": "C",
        }

    def _login(self, reference: Reference) -> dict[str, str]:
        server = origin(_address(reference))
        found = self._credentials.get(server)
        if found is None:
            return {}
        token = base64.b64encode(":".join(found).encode()).decode()
        return {f"http.{server}/.extraHeader": f"Authorization: Basic {token}"}


def _address(reference: Reference) -> str:
    return reference.url.removeprefix("git+")


def _refs(listed: str) -> Iterator[tuple[str, str]]:
    for line in listed.splitlines():
        commit, _, name = line.partition("\t")
        yield name, commit


def _unavailable(reference: Reference, written: str) -> IndexUnavailable:
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("fatal:")] or lines[-1:] or ["git failed"]
    cause = "".join(c for c in told[0].removeprefix("fatal: ") if c.isprintable())[:_LONGEST]
    hint = "Check the address, the network, and the credentials git uses for it."
    if _REFUSED.search(written):
        hint = "A setting of git leads to another kind of address, which porter does not follow."
    return IndexUnavailable(f"{shown(reference.url)} cannot be fetched: {cause}", hint=hint)


def _rewrite(raw: Path, made: Path, *, top: str, time: int) -> None:
    """Write git's tar anew: its form may change with git's version, ours must not."""
    with tarfile.open(raw) as found, tarfile.open(made, "w", format=tarfile.GNU_FORMAT) as archive:
        folder = tarfile.TarInfo(top)
        folder.type = tarfile.DIRTYPE
        members = [member for member in found if member.isreg() or member.issym() or member.isdir()]
        for member in [folder, *sorted(members, key=lambda m: m.name.encode(errors="replace"))]:
            info = tarfile.TarInfo(top if member is folder else f"{top}/{member.name}")
            info.type, info.linkname, info.size = member.type, member.linkname, member.size
            info.mtime = time
            info.mode = (
                0o755 if member.isdir() or member.mode & 0o100 or member is folder else 0o644
            )
            archive.addfile(info, found.extractfile(member) if member.isreg() else None)
