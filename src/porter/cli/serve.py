"""``porter serve``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from porter.cli import options
from porter.cli.main import notice


@click.command("serve")
@click.argument("graph", metavar="[GRAPH.json]", required=False)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="Where to listen; others than this machine can read all of it where that is not loopback.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="0 takes a free one.",
)
@options.common
def command(**values: Any) -> None:
    """Serve the wheelhouse as a simple index, and the report page, which follows a run.

    The page is that of a plan (default: the newest plan in graphs/). Read-only; Ctrl-C ends it.
    """
    from porter import app

    def started(address: str, loopback: bool) -> None:  # noqa: FBT001  # as app calls it
        click.echo(f"http://{address}/         the report page")
        click.echo(
            f"http://{address}/simple/  for pip and uv: --extra-index-url http://{address}/simple"
        )
        if not loopback:
            notice(
                "whoever can reach this address can read the report, its log lines and the wheels"
            )

    app.serve(
        Path(values["graph"]) if values["graph"] else None,
        workspace=values["workspace"],
        host=values["host"],
        port=values["port"],
        started=started,
    )
