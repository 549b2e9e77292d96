"""A run drawn live on a terminal: what runs now below, what has ended above it, for good."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from threading import Lock
from types import TracebackType
from typing import Self, TextIO

import rich.live
from rich.console import Console, Group, OverflowMethod
from rich.table import Table
from rich.text import Text

from porter.cli import look
from porter.cli.main import notice_line
from porter.cli.progress import Echo, broken_line, ended_line, rung_line
from porter.cli.watch import Running, Watch
from porter.marks import MARKS
from porter.model import Ending, State
from porter.phrases import duration
from porter.run.events import BrokenOff, Event, PortEnded, RungFailed

_PER_SECOND = 4
_NARROW = 60
"""Columns below which a port's strategy is left out, and what it is expected to take."""
_LASTING = {Ending.BUILT, Ending.FAILED, Ending.AVAILABLE}
"""Ends worth a line that stays; of the others the number is told, and the summary names them."""


class Live:
    """An event sink that keeps the lines of all running ports, and the totals, up to date.

    Nothing else may write to the terminal meanwhile but through `notice`.
    """

    def __init__(
        self,
        *,
        verbose: bool,
        stream: TextIO | None = None,
        width: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        stream = stream or sys.stderr
        self._clock = clock
        self._watch = Watch(clock())
        self._echo = Echo(self._say) if verbose else None
        self._lock = Lock()
        self._console = Console(
            file=stream,
            width=width,
            force_terminal=True,
            color_system="standard" if look.color_wanted(stream) else None,
        )
        self._live = rich.live.Live(
            console=self._console,
            get_renderable=self.picture,
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def take(self, event: Event) -> None:
        """Take an event of any thread."""
        with self._lock:
            self._watch.take(event, self._clock())
        if self._echo is not None:
            self._echo.take(event)
        if isinstance(event, RungFailed):
            self._say(rung_line(event))
        elif isinstance(event, BrokenOff):
            self._say(broken_line(event))
        elif isinstance(event, PortEnded) and event.outcome.ending in _LASTING:
            self._say(ended_line(event.outcome))

    def notice(self, text: str) -> None:
        """A line that belongs to no port; it stays."""
        self._say(notice_line(text))

    def picture(self) -> Group:
        """What is drawn now: a line for each running port, as many as there is room for."""
        with self._lock:
            now = self._clock()
            ports = sorted(self._watch.running.values(), key=lambda port: port.since)
            totals = self._totals(now)
        room = max(self._console.height - 3, 1)
        if len(ports) > room:
            ports, hidden = ports[: room - 1], len(ports) - room + 1
            return Group(self._table(ports, now), Text(f"  and {hidden} more"), totals)
        return Group(self._table(ports, now), totals) if ports else Group(totals)

    def _table(self, ports: list[Running], now: float) -> Table:
        wide = self._console.width >= _NARROW
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        more: OverflowMethod = "ellipsis" if look.has_symbols() else "crop"
        table.add_column(no_wrap=True, overflow=more, ratio=None if wide else 1)
        for _ in range(4 if wide else 2):
            table.add_column(no_wrap=True)
        for port in ports:
            mark = Text(look.sign(State.RUNNING), style=MARKS[State.RUNNING].color)
            spent = Text(duration(now - port.since), justify="right")
            cells = [mark, Text(port.node.id), Text(port.phase)]
            if wide:
                likely = f"of about {duration(port.expected)}" if port.expected else ""
                cells += [Text(port.strategy or ""), spent, Text(likely, style="dim")]
            else:
                cells += [spent]
            table.add_row(*cells)
        return table

    def _totals(self, now: float) -> Text:
        watch = self._watch
        spent = duration(now - watch.started)
        if not watch.total:
            return Text(f"planning, {spent}", style="dim")
        endings = watch.endings()
        line = Text(f"{sum(endings.values())} of {watch.total} done", no_wrap=True)
        for ending, number in endings.items():
            line.append("  ").append(
                f"{look.sign(ending)} {number} {ending}", style=MARKS[ending].color
            )
        line.append(f"  {spent}")
        left = watch.left(now)
        if left:
            line.append(f", about {duration(left)} left")
        return line

    def _say(self, text: str) -> None:
        # No markup and no emoji codes in it: it is a stranger's text.
        self._console.print(Text.from_ansi(text), soft_wrap=True, highlight=False)
