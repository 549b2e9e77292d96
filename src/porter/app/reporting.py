"""The report page of a workspace: a plan, how it stands, and what the runs so far were like."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from os import SEEK_END
from pathlib import Path

from porter import __version__
from porter.app.looking import STATES, Standing, newest_attempts, standings
from porter.app.planning import Planned, write_whole
from porter.config import Workspace
from porter.diagnose import last_lines, rule_named, tidy
from porter.graph import PortGraph
from porter.images import platforms_of
from porter.model import Plan, State
from porter.phrases import first_of, number_of
from porter.report import LARGE, Layout, Scene, View, best_layout, picture, scene
from porter.report import Standing as Drawn
from porter.report.page import Detail, PastRun, Piece, Report, page
from porter.run import Attempt, Journal, Span, Tally

_RUNS = 40
"""So many runs are plotted."""
_ALL_DRAWN = 6_000
"""Up to so many nodes all of them can be drawn; beyond, the ports alone."""
_TITLE_NAMES = 3
_EXCERPT_LINES = 12
_EXCERPTS = 1 << 20
"""Characters of all excerpts together: a page of 5,000 failures has to be opened, too."""
_LOG_END = 64 << 10
"""Bytes of a log that are read."""


@dataclass(frozen=True, slots=True)
class _Past:
    """What the journal has on a plan, read at one moment."""

    attempts: Mapping[str, Attempt] = field(default_factory=dict)
    expected: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, float] = field(default_factory=dict)
    """Seconds of the build before the newest attempt, by node id."""
    runs: Sequence[Tally] = ()
    last: Tally | None = None
    """The last run that attempted anything of the plan."""
    ports: Mapping[int, str] = field(default_factory=dict)
    """Ids of the nodes it attempted, by the attempt's number."""
    spans: Sequence[Span] = ()
    """Its phases, and those of others."""

    @classmethod
    def read(cls, graph: PortGraph, place: Workspace) -> _Past:
        if not place.journal.exists():
            return cls()
        with closing(Journal(place.journal)) as journal:
            attempts = newest_attempts(graph, journal)
            runs = journal.runs(_RUNS)
            newest = max(attempts.values(), key=lambda attempt: attempt.number, default=None)
            last = next((run for run in runs if newest and run.owner == newest.owner), None)
            ports = journal.ports_of(last.owner) if last else {}
            return cls(
                attempts,
                journal.durations(),
                # The ids of what runs on the build platform are not those of the target's.
                {
                    node_id: attempt
                    for platform in platforms_of(graph.plan.target).values()
                    for node_id, attempt in journal.earlier_builds(str(platform)).items()
                },
                runs,
                last,
                ports,
                journal.spans(min(ports)) if ports else (),
            )


def report(
    planned: Planned, graph: PortGraph, scenes: Mapping[str, Scene], *, workspace: Path
) -> Report:
    """The report of a plan as it stands now."""
    place = Workspace(workspace)
    past = _Past.read(graph, place)
    rows = standings(graph, past.attempts, past.expected)
    return _told(planned, graph, past, rows, scenes, place=place)


def _told(
    planned: Planned,
    graph: PortGraph,
    past: _Past,
    rows: Iterable[Standing],
    scenes: Mapping[str, Scene],
    *,
    place: Workspace,
) -> Report:
    plan = planned.plan
    writer = _Details(place, past)
    last = past.last
    return Report(
        title=_title(plan),
        facts=facts(planned, place),
        plan=shlex.quote(_relative(planned.path, place)),
        notes=plan.target.notes,
        written=datetime.now(UTC),
        version=__version__,
        nodes=plan.nodes,
        details={row.node.id: writer.detail(row) for row in rows},
        edges=sorted({(edge.start, edge.end) for edge in plan.edges}),
        pieces=tuple(_pieces(graph, past, last)) if last else (),
        began=last.started if last else None,
        runs=tuple(PastRun(run.started, run.seconds, _by_state(run.ports)) for run in past.runs),
        scenes=scenes,
    )


def scenes(
    graph: PortGraph,
    rows: Iterable[Standing],
    view: View | None = None,
    layout: Layout | None = None,
) -> dict[str, Scene]:
    """The pictures of the page, the one to show first first."""
    standing, view, place = drawn(rows), view or View(), layout or best_layout()
    pictures = {
        only: picture(graph, standing, replace(view, only=only), title="")
        for only in ("ports", "all")
    }
    if pictures["ports"].hidden == pictures["all"].hidden:
        del pictures["ports"]
    elif len(graph.plan.nodes) > _ALL_DRAWN:
        del pictures["all"]
    first = view.only
    if first == "auto":
        first = "ports" if len(graph.plan.nodes) > LARGE else "all"
    ordered = sorted(pictures, key=lambda only: only != first)
    return {only: scene(pictures[only], place) for only in ordered}


def write_report(planned: Planned, *, workspace: Path) -> Path:
    """Write the page of a plan to .porter/report/index.html; return its path.

    Where it is there already and would say the same it is left as it is: after a run with nothing
    to do. Raises `OSError` where it cannot be written, `PorterError` where the journal cannot be
    read.
    """
    place = Workspace(workspace)
    stamp = _stamp(planned, place)
    if _stamped(place.report) == stamp:
        return place.report
    graph = PortGraph(planned.plan)
    past = _Past.read(graph, place)
    rows = standings(graph, past.attempts, past.expected)
    told = _told(planned, graph, past, rows, scenes(graph, rows), place=place)
    write_whole(place.report, page(told) + _comment(stamp))
    return place.report


def _stamp(planned: Planned, place: Workspace) -> str:
    """Of all that a page is made from; the time it is made at does not count."""
    with closing(Journal(place.journal)) as journal:
        parts = (__version__, str(planned.path), journal.state())
    return hashlib.sha256("\n".join(parts).encode() + planned.encoded).hexdigest()


def _comment(stamp: str) -> bytes:
    return f"<!-- made from {stamp} -->\n".encode()


def _stamped(path: Path) -> str | None:
    """The stamp at the end of a page."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - len(_comment("0" * 64)), 0))
        end = file.read()
    found = end.removeprefix(b"<!-- made from ").removesuffix(b" -->\n")
    return found.decode("ascii", "replace")


def drawn(rows: Iterable[Standing]) -> dict[str, Drawn]:
    """How nodes stand, as pictures take it."""
    return {row.node.id: Drawn(row.state, row.seconds) for row in rows}


def facts(planned: Planned, place: Workspace) -> str:
    """What a plan is for, and where it lies."""
    target = planned.plan.target
    pythons = ", ".join(interpreter.tag for interpreter in target.interpreters)
    return f"{target.platform} · {pythons} · {_relative(planned.path, place)}"


def _title(plan: Plan) -> str:
    return first_of(plan.target.requirements, _TITLE_NAMES)


def _relative(path: Path, place: Workspace) -> str:
    path, root = path.resolve(), place.root.resolve()
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _by_state(ports: Mapping[str, int]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for outcome, count in ports.items():
        state = STATES[outcome].value
        counts[state] = counts.get(state, 0) + count
    return counts


def _pieces(graph: PortGraph, past: _Past, last: Tally) -> Iterable[Piece]:
    """The phases of a run. What was broken off ends when the run did."""
    known = {node.id for node in graph.plan.nodes}
    under_way = {a.number for a in past.attempts.values() if a.outcome == State.RUNNING}
    for span in past.spans:
        port = past.ports.get(span.attempt)
        if port in known:
            start = (span.started - last.started).total_seconds()
            seconds = span.seconds
            if seconds is None and span.attempt not in under_way:
                seconds = max(last.seconds - start, 0.0)
            yield Piece(port, span.attempt, span.phase, start, seconds)


class _Details:
    """Tells of one node after the other; excerpts until there is enough of them."""

    def __init__(self, place: Workspace, past: _Past) -> None:
        self._place = place
        self._past = past
        self._left = _EXCERPTS

    def detail(self, row: Standing) -> Detail:
        """What the page tells of it."""
        attempt = self._past.attempts.get(row.node.id)
        runs = row.state is State.RUNNING
        excerpt, mark = self._excerpt(attempt) if row.state is State.FAILED else ((), None)
        return Detail(
            row.state.value,
            row.reason,
            phase=row.phase,
            strategy=row.strategy,
            engine=attempt.engine if attempt else None,
            seconds=None if runs else row.seconds,
            since=row.started if runs else None,
            before=self._past.before.get(row.node.id),
            size=attempt.sizes[1] if attempt and attempt.sizes else None,
            raw=attempt.sizes[0] if attempt and attempt.sizes else None,
            grafted=attempt.grafted if attempt else (),
            tags=_tags(row.wheel),
            verified=_verified(attempt) if attempt and row.state is State.BUILT else None,
            waits=row.blocked_by,
            warnings=(*row.node.warnings, *(attempt.warnings if attempt else ())),
            log=row.log,
            excerpt=excerpt,
            mark=mark,
            hint=attempt.hint if attempt and row.state is State.FAILED else None,
        )

    def _excerpt(self, attempt: Attempt | None) -> tuple[tuple[str, ...], int | None]:
        if attempt is None or self._left <= 0:
            return (), None
        text = attempt.context or (_end(self._place.root / attempt.log) if attempt.log else "")
        lines = tidy(text).splitlines()
        mark = _decisive(lines, attempt.rule)
        first = max(0, min(len(lines) - _EXCERPT_LINES, (mark or len(lines)) - _EXCERPT_LINES // 2))
        shown = tuple(lines[first : first + _EXCERPT_LINES])
        self._left -= sum(map(len, shown))
        return shown, None if mark is None else mark - first


def _decisive(lines: Sequence[str], rule: str | None) -> int | None:
    """The line the rule found the failure by."""
    kind = rule_named(rule)
    patterns = kind.patterns if kind else ()
    return next((i for p in patterns for i, line in enumerate(lines) if p.search(line)), None)


def _end(log: Path) -> str:
    """The last lines of a log, of whatever size; nothing where it is gone."""
    if not log.is_file():
        return ""
    with log.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, SEEK_END) - _LOG_END))
        return last_lines(stream.read(_LOG_END))


def _verified(attempt: Attempt) -> str:
    """What was done to prove a wheel."""
    tests = f", {number_of(attempt.tests, 'test')}" if attempt.tests else ""
    compared = f"; parity: {attempt.parity}" if attempt.parity else ""
    return f"{attempt.verified}: {number_of(attempt.modules, 'module')}{tests}{compared}"


def _tags(wheel: str | None) -> str | None:
    """The part of a wheel's name that says for which Pythons and platforms it is."""
    return "-".join(wheel.removesuffix(".whl").split("-")[-3:]) if wheel else None
