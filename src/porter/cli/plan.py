"""``porter plan``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from porter.cli import options, render
from porter.cli.main import notice


@click.command("plan")
@click.argument("requirements", metavar="[REQ...]", nargs=-1)
@options.selection
@click.option("-o", "--output", metavar="FILE", help="Write the plan here, not to graphs/.")
@options.output_format
@options.common
def command(**values: Any) -> None:
    """Work out what has to be ported, and write the plan to graphs/NAME.json."""
    from porter import app

    workspace, form = values["workspace"], values["form"]
    output = Path(values["output"]).absolute() if values["output"] else None
    planned = app.plan(
        render.selection(values),
        workspace=workspace,
        output=output,
        notice=notice if not values["quiet"] else render.silent,
    )
    if form == "json":
        click.echo(planned.encoded, nl=False)
    else:
        click.echo(render.plan(planned.plan, shown=render.relative(planned.path, workspace)))
