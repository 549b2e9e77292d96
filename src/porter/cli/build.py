"""``porter build``."""

from __future__ import annotations

import sys
from typing import Any

import click

from porter.cli import options, render
from porter.cli.main import notice
from porter.cli.progress import Progress


@click.command("build")
@click.argument("requirements", metavar="[REQ...|GRAPH.json]", nargs=-1)
@options.selection
@options.execution
@options.output_format
@options.common
def command(**values: Any) -> None:
    """Build, repair and verify what has to be ported.

    Takes requirements, or one plan made by `porter plan`, which is then used exactly as it is.
    Run it again: what is finished is not done again.
    """
    from porter import app

    workspace, quiet = values["workspace"], values["quiet"]
    run = app.build(
        render.selection(values),
        render.execution(values),
        workspace=workspace,
        notice=render.silent if quiet else notice,
        sink=render.silent if quiet else Progress(),
    )
    if values["form"] == "json":
        click.echo(render.as_json(render.result(run, workspace)))
    else:
        click.echo(render.summary(run, workspace))
    sys.exit(0 if run.all_well else 1)
