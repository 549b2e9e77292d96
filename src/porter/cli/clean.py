"""``porter clean``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from porter.cli import options, render
from porter.cli.main import notice
from porter.phrases import size

if TYPE_CHECKING:
    from porter.app import Litter


@click.command("clean")
@click.option(
    "--all", "everything", is_flag=True,
    help="Remove all of .porter: journal, logs, finished wheels by key. Everything is built anew.",
)  # fmt: skip
@options.common
def command(**values: Any) -> None:
    """Remove what no plan in graphs/ needs: scratch folders, old finished wheels, old logs.

    Of each port of a plan the last wheel and the last log stay. Plans, recipes and the wheelhouse
    are yours and always stay; so does the cache, which all workspaces share.
    """  # fmt: skip
    from porter import app

    quiet = values["quiet"]
    freed = app.clean(
        values["workspace"],
        everything=values["everything"],
        notice=render.silent if quiet else notice,
        tell=render.silent if quiet else _tell,
    )
    click.echo(f"{size(freed)} freed")


def _tell(litter: Litter) -> None:
    notice(f"removing {litter.what}: {len(litter.paths)}, {size(litter.size)}")
