"""``porter doctor``."""

from __future__ import annotations

import sys
from typing import Any

import click

from porter.cli import options, render
from porter.errors import SurroundingsError


@click.command("doctor")
@options.platform
@options.output_format
@options.common
def command(**values: Any) -> None:
    """Say what is here, what is missing, and the command that mends it.

    Changes nothing. Exit status 4 when something that a port needs is missing.
    """
    from porter import app
    from porter.doctor import Status, as_json

    findings = app.examine(render.fitness(values), values["workspace"])
    if values["form"] == "json":
        click.echo(render.as_json(as_json(findings)))
    else:
        click.echo(render.findings(findings))
    missing = any(finding.status is Status.MISSING for finding in findings)
    sys.exit(SurroundingsError.exit_code if missing else 0)
