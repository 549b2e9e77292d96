"""``porter status``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from porter.cli import options, render


@click.command("status")
@click.argument("graph", metavar="[GRAPH.json]", required=False)
@options.output_format
@options.common
def command(**values: Any) -> None:
    """Show how the nodes of a plan stand (default: the newest plan in graphs/)."""
    from porter import app

    path = Path(values["graph"]) if values["graph"] else None
    planned, standings = app.status(path, workspace=values["workspace"])
    if values["form"] == "json":
        data = render.standings_data(planned, standings, values["workspace"])
        click.echo(render.as_json(data))
    else:
        click.echo(render.standings(planned, standings, values["workspace"]))
