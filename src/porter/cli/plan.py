"""``porter plan``."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from porter.cli import explain, options, render
from porter.cli.main import notice
from porter.errors import UsageError


@click.command("plan")
@click.argument("requirements", metavar="[REQ...]", nargs=-1)
@options.selection
@options.engine
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write the plan here, not to graphs/; pylock.toml: the target as a lock file.",
)
@click.option(
    "--check", metavar="FILE", help="Say whether a plan is still current (status 0 or 1)."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "pylock"]),
    default="text",
    help="json: the plan; pylock: the target as a pylock.toml (PEP 751).",
)
@options.common
@click.pass_context
def command(ctx: click.Context, /, **values: Any) -> None:
    """Work out what has to be ported, and write the plan to graphs/NAME.json.

    -o pylock.toml (or pylock.NAME.toml) writes the target as a lock file (PEP 751), with the sdists
    of its ports; the plan then goes to graphs/ all the same.

    With --check: plan the target of FILE again and say what differs, and which of the files it is
    locked to are no longer served. Writes nothing.
    """
    if values["check"]:
        options.keep_to_plan(ctx)
        _check(values)
    else:
        _plan(values)


def _check(values: Mapping[str, Any]) -> None:
    from porter import app

    if values["requirements"] or values["output"]:
        raise UsageError("--check takes neither requirements nor -o", hint="They are in its FILE.")
    currency = app.check(
        Path(values["check"]),
        render.selection(values),
        workspace=values["workspace"],
        notice=notice if not values["quiet"] else render.silent,
    )
    if values["form"] == "json":
        click.echo(render.as_json(explain.currency_data(currency, values["workspace"])))
    else:
        click.echo(explain.currency(currency, values["workspace"]))
    sys.exit(0 if currency.is_current else 1)


def _plan(values: Mapping[str, Any]) -> None:
    from porter import app

    workspace, form = values["workspace"], values["form"]
    output = Path(values["output"]).absolute() if values["output"] else None
    planned = app.plan(
        render.selection(values),
        workspace=workspace,
        output=output,
        lock=form == "pylock",
        engine=values["engine"],
        notice=notice if not values["quiet"] else render.silent,
    )
    if form == "pylock" and planned.lock is not None:
        click.echo(planned.lock, nl=False)
    elif form == "json":
        click.echo(planned.encoded, nl=False)
    else:
        click.echo(render.plan(planned.plan, shown=render.relative(planned.path, workspace)))
