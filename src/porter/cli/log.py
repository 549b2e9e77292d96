"""``porter log``."""

from __future__ import annotations

from typing import Any

import click

from porter.cli import options
from porter.cli.plain import plain


@click.command("log")
@click.argument("name")
@click.option("--attempt", type=int, metavar="N", help="Attempt N, counted from 1 (default: last).")
@options.common
def command(**values: Any) -> None:
    """Show the log of the last attempt at a package."""
    from porter import app

    path = app.log(values["name"], workspace=values["workspace"], attempt=values["attempt"])
    with path.open(encoding="utf-8", errors="replace") as stream:
        # The pager's end of line is one more than the file's: it closes the last line here.
        lines = (plain(line.rstrip("\n")) for line in stream)
        click.echo_via_pager("\n" * bool(number) + line for number, line in enumerate(lines))
