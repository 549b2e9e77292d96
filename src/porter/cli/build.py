"""``porter build``."""

from __future__ import annotations

import sys
import time
from typing import Any

import click

from porter.cli import options, render
from porter.cli.summary import summary


@click.command("build")
@click.argument("requirements", metavar="[REQ...|GRAPH.json]", nargs=-1)
@options.selection
@options.execution
@options.output_format
@options.common
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Build, repair and verify what has to be ported.

    Takes requirements, or one plan made by `porter plan`, which is then used exactly as it is.
    Run it again: what is finished is not done again.
    """
    from porter import app
    from porter.cli.progress import shown

    began, workspace = time.monotonic(), values["workspace"]
    selection, execution = render.selection(values), render.execution(values)
    if selection.is_plan:
        options.keep_to_plan(ctx)
    with shown(quiet=values["quiet"], verbose=values["verbose"]) as progress:
        run = app.build(
            selection,
            execution,
            workspace=workspace,
            notice=progress.notice,
            sink=progress.sink,
        )
    if values["form"] == "json":
        click.echo(render.as_json(render.result(run, workspace)))
    else:
        click.echo(summary(run, workspace, seconds=time.monotonic() - began))
    sys.exit(0 if run.all_well else 1)
