"""``porter log``."""

from __future__ import annotations

import re
from typing import Any

import click

from porter.cli import options

# A log is a stranger's text: whatever could move the cursor or set the window's title is dropped.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


@click.command("log")
@click.argument("name")
@click.option("--attempt", type=int, metavar="N", help="Attempt N, counted from 1 (default: last).")
@options.common
def command(**values: Any) -> None:
    """Show the log of the last attempt at a package."""
    from porter import app

    path = app.log(values["name"], workspace=values["workspace"], attempt=values["attempt"])
    with path.open(encoding="utf-8", errors="replace") as stream:
        lines = (_CONTROL.sub("", line.rstrip("\n")) + "\n" for line in stream)
        click.echo_via_pager(lines)
