"""A sandbox as a shell script under util-linux's unshare(1) (2.36 or newer).

The outer ``unshare`` makes the namespaces; the script, as the first process in them, mounts the
root; the inner ``unshare`` changes into it and, by one more user namespace, leaves the command
without any capability. The kernel makes no user namespace for a process in a changed root
(user_namespaces(7)), so there is no way back. The script stays, to reap what the command leaves
(and, being a shell, says ``Killed`` of a command that a signal ended).
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from porter.engine.host import UID
from porter.engine.isolation import Part
from porter.engine.view import Bind, Empty, Entry, Folder, Link, Sandbox, is_of_proc

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "self/fd", "stdin": "self/fd/0", "stdout": "self/fd/1", "stderr": "self/fd/2"}
_LOOPBACK = "if command -v ip > /dev/null; then ip link set lo up; fi"
# util-linux's tools lie in the sbin folders on some systems.
_PATH = "/usr/bin:/bin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True)
class Unshare:
    """Launches by unshare, leaving out the parts of the isolation that are `missing`."""

    missing: frozenset[Part] = frozenset()

    name = "unshare"
    no_command = "unshare: failed to execute "

    def command(self, box: Sandbox, stage: Path) -> list[str]:
        """The whole command line; writes the script into `stage`, where it makes its root."""
        (stage / "root").mkdir()
        (stage / "enter.sh").write_text(script(box, stage, missing=self.missing))
        return [
            *("/usr/bin/env", "-i", f"PATH={_PATH}"),
            *("setpriv", "--no-new-privs", "--pdeathsig", "KILL", "--"),
            *("unshare", "--user", "--map-root-user", "--mount", "--pid", "--ipc", "--uts"),
            *("--cgroup", "--fork", "--kill-child"),
            *(() if Part.NET in self.missing else ("--net",)),
            *("--", "sh", str(stage / "enter.sh")),
        ]

    def started(self, stage: Path) -> bool:
        """Whether the script came as far as the command."""
        return (stage / "started").exists()


def script(
    box: Sandbox,
    stage: Path,
    *,
    missing: frozenset[Part] = frozenset(),
    noexec: Callable[[Path], bool] | None = None,
) -> str:
    """The script; `noexec` tells whether a path lies on a filesystem mounted so."""
    root = stage / "root"
    is_noexec = noexec or _is_noexec
    lines = [
        "set -eu",
        "umask 022",
        _mount("-t tmpfs -o mode=755", "tmpfs", root),
        *_entries((entry for entry in box.entries if not is_of_proc(entry)), root, is_noexec),
        *_devices(root),
        *_proc(root, missing),
        *_entries(filter(is_of_proc, box.entries), root, is_noexec),
        # bubblewrap does the same; without it localhost does not answer.
        *(() if Part.NET in missing else (_LOOPBACK,)),
        f"mount -o remount,bind,ro {_quote(root)}",
        f": > {_quote(stage / 'started')}",
        "set +e",
        _enter(box, root),
        "exit $?",
    ]
    return "\n".join(lines) + "\n"


def _enter(box: Sandbox, root: Path) -> str:
    env = [f"{name}={value}" for name, value in box.env.items()]
    words = [
        *("unshare", "--user", f"--map-user={UID}", f"--map-group={UID}"),
        *(f"--root={root}", f"--wd={box.cwd}", "--"),
        *box.argv,
    ]
    return shlex.join(["env", "-i", *env, f"/usr/bin/{words[0]}", *words[1:]])


def _entries(entries: Iterable[Entry], root: Path, noexec: Callable[[Path], bool]) -> Iterator[str]:
    for entry in entries:
        yield from _entry(entry, root, noexec)


def _entry(entry: Entry, root: Path, noexec: Callable[[Path], bool]) -> Iterator[str]:
    place = _inside(root, entry.target)
    match entry:
        case Bind(source, _, writable):
            yield _folder(place) if source.is_dir() else _file(place)
            # A mount made by another user namespace keeps its noexec (mount_namespaces(7)).
            options = ["nosuid", "nodev", *(["noexec"] if noexec(source) else [])]
            options += [] if writable else ["ro"]
            yield _mount(f"--bind -o {','.join(options)}", source, place)
        case Empty():
            yield _folder(place)
            yield _mount("-t tmpfs -o mode=1777,nosuid,nodev", "tmpfs", place)
        case Folder():
            yield _folder(place)
        case Link(_, to):
            yield f"ln -s {shlex.quote(to)} {_quote(place)}"


def _devices(root: Path) -> Iterator[str]:
    dev = root / "dev"
    yield _folder(dev)
    yield _mount("-t tmpfs -o mode=755,nosuid", "tmpfs", dev)
    for name in _DEVICES:
        yield _file(dev / name)
        yield _mount("--bind", Path("/dev", name), dev / name)
    for name, to in _LINKS.items():
        yield f"ln -s /proc/{to} {_quote(dev / name)}"
    yield _folder(dev / "shm")
    yield f"chmod 1777 {_quote(dev / 'shm')}"


def _proc(root: Path, missing: frozenset[Part]) -> Iterator[str]:
    proc = root / "proc"
    yield _folder(proc)
    yield (
        _mount("--rbind", "/proc", proc)
        if Part.PROC in missing
        else _mount("-t proc -o nosuid,nodev,noexec", "proc", proc)
    )


def _mount(options: str, source: Path | str, place: Path) -> str:
    return f"mount {options} {_quote(source)} {_quote(place)}"


def _folder(place: Path) -> str:
    return f"mkdir -p {_quote(place)}"


def _file(place: Path) -> str:
    return f"[ -e {_quote(place)} ] || {{ mkdir -p {_quote(place.parent)}; : > {_quote(place)}; }}"


def _inside(root: Path, target: str) -> Path:
    return root / target.lstrip("/")


def _quote(path: Path | str) -> str:
    return shlex.quote(str(path))


def _is_noexec(path: Path) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)
