"""``porter log``."""

from __future__ import annotations

import codecs
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from porter.cli import options
from porter.cli.plain import plain

if TYPE_CHECKING:
    from porter.app import LogFile

_INTERRUPTED = 130
_POLL = 0.5
"""Seconds between two looks at a log that grows."""
_CHUNK = 1 << 16


@click.command("log")
@click.argument("name")
@click.argument("graph", metavar="[GRAPH.json]", required=False)
@click.option("--attempt", type=int, metavar="N", help="Attempt N, counted from 1 (default: last).")
@click.option("-f", "--follow", is_flag=True, help="Show what is added, until the attempt ends.")
@options.common
def command(**values: Any) -> None:
    """Show the log of the last attempt at a package (with a plan: at one of its ports).

    On a terminal by $PAGER (default: less). Control characters are left out.
    """
    from porter import app

    path = Path(values["graph"]) if values["graph"] else None
    found = app.log(values["name"], path, workspace=values["workspace"], attempt=values["attempt"])
    try:
        if values["follow"]:
            _follow(found)
        else:
            _page(found.path)
    except KeyboardInterrupt:  # the way to leave it, and nothing to say
        sys.exit(_INTERRUPTED)


def _page(path: Path) -> None:
    # As git does: what fits the screen is shown at once and stays there.
    os.environ.setdefault("LESS", "FRX")
    with path.open(encoding="utf-8", errors="replace") as stream:
        # The pager's end of line is one more than the file's: it closes the last line here.
        lines = (plain(line.rstrip("\n")) for line in stream)
        click.echo_via_pager("\n" * bool(number) + line for number, line in enumerate(lines))


def _follow(found: LogFile) -> None:
    for text in _pieces(found):
        click.echo(text, nl=False)


def _pieces(found: LogFile) -> Iterator[str]:
    """What the log has, and then what is added; whole lines but for the end."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    with found.path.open("rb") as stream:
        grows = True
        while grows:
            grows = found.is_growing()  # asked first: what is added before its end is read below
            while data := stream.read(_CHUNK):
                whole, end, rest = (rest + decoder.decode(data)).rpartition("\n")
                yield plain(whole + end)
            if grows:
                time.sleep(_POLL)
    yield plain(rest + decoder.decode(b"", final=True))
