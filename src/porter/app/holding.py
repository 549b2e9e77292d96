"""One run at a time in a workspace: two would build in the same scratch folders."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from porter.config import Workspace
from porter.index.urls import shown

LOCK = "lock"
"""Its name in ``.porter``; beside it stands who holds it, in a file that is called so too."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")


@contextmanager
def held(place: Workspace, notice: Callable[[str], None]) -> Iterator[None]:
    """Hold the workspace; wait for whoever holds it, and say who that is.

    The kernel lets go of the lock when its holder dies, however it dies.
    """
    place.state.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place.state / LOCK)
    # Beside the lock: whoever tries to take that empties it.
    holder = place.state / f"{LOCK}.json"
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notice(f"waiting for another run in {place.root} to end{_described(holder)}")
        lock.acquire()
    try:
        _sign(holder)
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _sign(holder: Path) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    # Whoever waits sees it, and whoever may read the workspace.
    command = shlex.join(_ADDRESS.sub(lambda found: shown(found[0]), word) for word in sys.argv)
    data = {"pid": os.getpid(), "since": since, "command": command}
    part = holder.with_suffix(".part")
    part.write_text(json.dumps(data))
    part.replace(holder)


def _described(holder: Path) -> str:
    try:
        data = json.loads(holder.read_bytes())
    except FileNotFoundError:  # it has taken the lock just now, or is ending
        return ""
    since = datetime.fromisoformat(data["since"]).astimezone()
    return f": process {data['pid']}, since {since:%H:%M:%S} ({data['command']})"
