"""A run as it goes on (standard error): drawn live on a terminal, otherwise a line an event."""

from __future__ import annotations

import codecs
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import click

from porter.cli import look
from porter.cli.main import notice
from porter.cli.plain import plain
from porter.graph import PortGraph
from porter.model import Ending, Node, Outcome
from porter.phrases import duration
from porter.run.events import (
    BrokenOff,
    Event,
    EventSink,
    PhaseStarted,
    PortEnded,
    RungFailed,
    RunStarted,
    Wrote,
)

Say = Callable[[str], None]
_LINE_LIMIT = 65536


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a run tells what happens."""

    sink: EventSink
    notice: Say


@contextmanager
def shown(*, quiet: bool, verbose: bool) -> Iterator[Shown]:
    """What fits the terminal and the wishes of the person at it, for the time of one run.

    Quiet tells nothing; verbose tells what the steps write, too.
    """
    if quiet:
        yield Shown(_nothing, _nothing)
    elif look.is_live(sys.stderr):
        from porter.cli.live import Live

        with Live(verbose=verbose) as live:
            yield Shown(live.take, live.notice)
    else:
        lines = Lines(_say, verbose=verbose)
        yield Shown(lines.take, notice)


class Lines:
    """An event sink that says one line for each event, whichever thread it comes from."""

    def __init__(
        self, say: Say, *, verbose: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._started = clock()
        self._echo = Echo(say) if verbose else None

    def take(self, event: Event) -> None:
        """Say the line of one event."""
        if self._echo is not None:
            self._echo.take(event)
        text = event_line(event)
        if text is not None:
            seconds = self._clock() - self._started
            self._say(f"{click.style(f'{seconds:6.1f}s', dim=True)} {text}")


class Echo:
    """Says what the steps write, whole lines, each with the port it comes from before it."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._streams: dict[str, _Stream] = {}
        self._lock = Lock()

    def take(self, event: Event) -> None:
        """Say what an event brings along; the end of a port closes its last line."""
        if isinstance(event, RunStarted):
            self._streams = {name: _Stream(label) for name, label in _labels(event.graph).items()}
        elif isinstance(event, Wrote):
            self._tell(event.node, event.data)
        elif isinstance(event, PortEnded):
            self._tell(event.node, b"", final=True)

    def _tell(self, node: Node, data: bytes, *, final: bool = False) -> None:
        with self._lock:
            stream = self._streams.setdefault(node.id, _Stream(node.id))
            lines = stream.lines(data, final=final)
        for line in lines:
            self._say(f"{click.style(f'{stream.label} |', dim=True)} {line}")


class _Stream:
    """The output of one port, cut into lines."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def lines(self, data: bytes, *, final: bool) -> list[str]:
        """The lines that are whole now. Of one that was drawn over, what stood there last."""
        *whole, rest = (self._rest + self._decoder.decode(data, final)).split("\n")
        if final and rest:
            whole, rest = [*whole, rest], ""
        # A line without an end must not fill the memory.
        if len(rest) > _LINE_LIMIT:
            whole, rest = [*whole, rest], ""
        self._rest = rest
        return [plain(line.rstrip("\r").rpartition("\r")[2]) for line in whole]


def _labels(graph: PortGraph) -> dict[str, str]:
    """By node id: the name alone, where no other port has it; filled up to the same length."""
    nodes = {*graph.ports(), *graph.roots()}
    names = Counter(node.name for node in nodes)
    labels = {node.id: node.name if names[node.name] == 1 else node.id for node in nodes}
    width = max(map(len, labels.values()), default=0)
    return {name: f"{label:<{width}}" for name, label in labels.items()}


def event_line(event: Event) -> str | None:
    """An event in one line, or None for one that is no line's worth."""
    if isinstance(event, PhaseStarted):
        how = f" ({event.strategy})" if event.strategy else ""
        return f"{look.mark('running')} {event.node.id}: {event.phase}{how}"
    if isinstance(event, RungFailed):
        return rung_line(event)
    if isinstance(event, BrokenOff):
        return broken_line(event)
    if isinstance(event, PortEnded):
        return ended_line(event.outcome)
    return None


def rung_line(event: RungFailed) -> str:
    """One strategy failed: which, where and why, and what is tried now."""
    why = _one_line(event.reason)
    return (
        f"{click.style('!', fg='yellow')} {event.node.id}: {event.strategy} failed in "
        f"{event.phase}: {why}; trying {event.next}"
    )


def broken_line(event: BrokenOff) -> str:
    """The engine went away, or a step was killed: what is done about it."""
    why = _one_line(event.reason)
    return (
        f"{click.style('!', fg='yellow')} {event.node.id}: {why}; trying again in "
        f"{event.pause:.0f} s"
    )


def ended_line(outcome: Outcome) -> str:
    """How a port ended, after how long, and why if it has no wheel."""
    line = f"{look.mark(outcome.ending)} {outcome.id}: {look.colored(outcome.ending)}"
    took = duration(outcome.seconds)
    if outcome.ending is Ending.CACHED:
        return line
    if outcome.ending.has_wheel:
        how = f" ({outcome.strategy})" if outcome.strategy else ""
        return f"{line} in {took}{how}"
    after = "earlier" if outcome.remembered else f"after {took}"
    where = f" in {outcome.phase} {after}" if outcome.phase else ""
    return f"{line}{where}: {_one_line(outcome.reason or '')}"


def _one_line(text: str) -> str:
    return " ".join(plain(text).split())


def _say(text: str) -> None:
    # One write for each line: others write here, too.
    click.echo(text + "\n", nl=False, err=True)


def _nothing(_anything: object) -> None:
    """For those who want to hear nothing."""
