"""A run as it goes on, one line for each thing that happens (standard error)."""

from __future__ import annotations

import time

import click

from porter.cli.plain import plain
from porter.cli.render import ENDING_COLORS
from porter.run.events import Event, PhaseStarted, PortEnded, RungFailed


class Progress:
    """An event sink that writes plain lines."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Write the line of one event."""
        if isinstance(event, PhaseStarted):
            how = f" ({event.strategy})" if event.strategy else ""
            self._line(f"{event.node.id}: {event.phase}{how}")
        elif isinstance(event, RungFailed):
            why = plain(event.reason)
            self._line(
                f"{event.node.id}: {event.strategy} failed in {event.phase}: {why}; "
                f"trying {event.next}"
            )
        elif isinstance(event, PortEnded):
            ending = click.style(event.outcome.ending, fg=ENDING_COLORS[event.outcome.ending])
            what = plain(event.outcome.wheel or event.outcome.reason or "")
            self._line(f"{event.node.id}: {ending} {what}")

    def _line(self, text: str) -> None:
        seconds = time.monotonic() - self._started
        click.echo(f"{click.style(f'{seconds:6.1f}s', dim=True)} {text}", err=True)
