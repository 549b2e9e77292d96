"""``porter setup``."""

from __future__ import annotations

from typing import Any

import click

from porter.cli import options, render
from porter.cli.main import notice


@click.command("setup")
@options.platform
@click.option("--yes", is_flag=True, help="Do it without asking.")
@options.common
def command(**values: Any) -> None:
    """Do what doctor proposes: packages, engine, QEMU, images (asks first without --yes)."""
    from porter import app

    fitness = render.fitness(values)
    actions, by_hand = app.proposals(app.examine(fitness, values["workspace"]))
    if not actions:
        click.echo("nothing to do: everything is here")
        return
    click.echo(by_hand)
    if not values["yes"]:
        click.confirm("Do this now?", abort=True, err=True)
    app.set_up(actions, render.silent if values["quiet"] else notice)
