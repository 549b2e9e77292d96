"""A workspace over HTTP: the report page of a plan, live, and the wheelhouse as an index."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from porter.app.looking import newest_plan, standings
from porter.app.planning import read_plan
from porter.app.reporting import report, scenes
from porter.config import Workspace
from porter.graph import PortGraph
from porter.model import State
from porter.serve import Seen, Shelf, bind
from porter.serve import serve as serve_until_stopped

_AGAIN = 5.0
"""Seconds after which is looked whether a running process still lives."""


def serve(
    path: Path | None,
    *,
    workspace: Path,
    host: str,
    port: int,
    started: Callable[[str, bool], None],
) -> None:
    """Serve a workspace until a signal comes; the plan is the one named, or the newest.

    `started` is told the address (``127.0.0.1:8000``) and whether only this machine can reach it.

    Raises:
        UsageError, SurroundingsError: it cannot listen there.
        KeyboardInterrupt: a person stopped it.
    """
    bound = bind(host, port)
    started(bound.address, bound.is_loopback)
    watch = Watch(path, workspace=workspace)
    serve_until_stopped(bound, Shelf(Workspace(workspace).wheelhouse), watch.look)


class Watch:
    """Looks at a plan and how it stands; reads only what has changed."""

    def __init__(self, path: Path | None, *, workspace: Path) -> None:
        self._path = path
        self._place = Workspace(workspace)
        self._stamps: tuple[object, ...] = ()
        self._looked = float("-inf")
        self._plan = ""
        self._seen: Seen | None = None

    def look(self) -> Seen:
        """The plan as it stands; the same object while nothing has changed.

        Raises `PorterError` where there is no plan, or none that can be read.
        """
        path = self._path or newest_plan(self._place)
        plan = f"{path} {_stamp(path)}"
        journal = self._place.journal
        stamps = (plan, _stamp(journal), _stamp(journal.with_name(f"{journal.name}-wal")))
        now = time.monotonic()
        runs = self._runs() and now - self._looked > _AGAIN
        if self._seen is None or stamps != self._stamps or runs:
            self._seen = self._read(path, plan)
            self._stamps, self._looked = stamps, now
        return self._seen

    def _runs(self) -> bool:
        details = self._seen.report.details.values() if self._seen else ()
        return any(detail.state == State.RUNNING for detail in details)

    def _read(self, path: Path, plan: str) -> Seen:
        if plan != self._plan:
            self._planned = read_plan(path)
            self._graph = PortGraph(self._planned.plan)
            # Placed once for a plan: boxes that jump while a run goes on help nobody.
            self._scenes = scenes(self._graph, standings(self._graph, {}, {}))
            self._plan = plan
        workspace = self._place.root
        return Seen(plan, report(self._planned, self._graph, self._scenes, workspace=workspace))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
