"""``porter why``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from porter.cli import explain, options, render


@click.command("why")
@click.argument("name")
@click.argument("graph", metavar="[GRAPH.json]", required=False)
@options.output_format
@options.common
def command(**values: Any) -> None:
    """Show why a package is in a plan (default: the newest plan in graphs/), and why it is a port.

    Each path goes from what was asked for to the package; every line gives the requirement.
    """
    from porter import app

    path = Path(values["graph"]) if values["graph"] else None
    planned, reasons = app.why(values["name"], path, workspace=values["workspace"])
    if values["form"] == "json":
        click.echo(render.as_json(explain.why_data(planned, reasons, values["workspace"])))
    else:
        click.echo(explain.why(reasons))
