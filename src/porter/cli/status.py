"""``porter status``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from porter.cli import look, options, render, standings


@click.command("status")
@click.argument("graph", metavar="[GRAPH.json]", required=False)
@click.option("--tree", is_flag=True, help="Show what needs what.")
@options.output_format
@options.common
def command(**values: Any) -> None:
    """Show how the nodes of a plan stand (default: the newest plan in graphs/).

    At any time, also while a run goes on in another terminal.
    """
    from porter import app

    path = Path(values["graph"]) if values["graph"] else None
    workspace = values["workspace"]
    planned, rows = app.status(path, workspace=workspace)
    if values["form"] == "json":
        click.echo(render.as_json(standings.as_data(planned, rows, workspace)))
    elif values["tree"]:
        click.echo(standings.as_tree(planned, rows, workspace))
    else:
        click.echo(standings.table(planned, rows, workspace, look.width(sys.stdout)))
