"""A sandbox as arguments of bubblewrap: https://github.com/containers/bubblewrap (0.5 or newer)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from porter.engine.host import UID
from porter.engine.isolation import Part
from porter.engine.view import Bind, Empty, Entry, Folder, Link, Sandbox, is_of_proc

_STATUS = "status.json"


@dataclass(frozen=True, slots=True)
class Bwrap:
    """Launches by bubblewrap, leaving out the parts of the isolation that are `missing`."""

    program: str
    """Absolute path of bwrap."""
    missing: frozenset[Part] = frozenset()

    name = "bwrap"
    no_command = "bwrap: execvp "

    def command(self, box: Sandbox, stage: Path) -> list[str]:
        """The whole command line; bubblewrap's own status goes to a file in `stage`."""
        words = [self.program, "--json-status-fd", "9", *arguments(box, self.missing)]
        return ["/bin/sh", "-c", 'exec "$@" 9> "$0"', str(stage / _STATUS), *words]

    def started(self, stage: Path) -> bool:
        """Whether bubblewrap tells how the command ended, which it does only if it was run."""
        return "exit-code" in (stage / _STATUS).read_text()


def arguments(box: Sandbox, missing: frozenset[Part] = frozenset()) -> list[str]:
    """The arguments, for a sandbox whose root is read-only but for its writable entries."""
    return [
        *_namespaces(missing),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        "--clearenv",
        *(x for name, value in box.env.items() for x in ("--setenv", name, value)),
        *(x for entry in box.entries if not is_of_proc(entry) for x in _entry(entry)),
        *(("--ro-bind", "/proc", "/proc") if Part.PROC in missing else ("--proc", "/proc")),
        *(x for entry in box.entries if is_of_proc(entry) for x in _entry(entry)),
        *("--dev", "/dev", "--remount-ro", "/", "--chdir", box.cwd, "--"),
        *box.argv,
    ]


def _namespaces(missing: frozenset[Part]) -> Iterator[str]:
    yield from ("--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try")
    yield from ("--hostname", "porter")
    if Part.NET not in missing:
        yield "--unshare-net"
    if Part.USER not in missing:
        yield from ("--unshare-user", "--uid", str(UID), "--gid", str(UID))


def _entry(entry: Entry) -> tuple[str, ...]:
    match entry:
        case Bind(source, target, True):
            return ("--bind", str(source), target)
        case Bind(source, target):
            return ("--ro-bind", str(source), target)
        case Empty(target):
            return ("--tmpfs", target)
        case Folder(target):
            return ("--dir", target)
        case Link(target, to):
            return ("--symlink", to, target)
