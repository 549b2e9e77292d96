"""``porter graph``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from porter.cli import options
from porter.phrases import number_of


@click.command("graph")
@click.argument("graph", metavar="[GRAPH.json]", required=False)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it; the ending says what: .svg, .png, .html (the report page), .dot "
    "(Graphviz), .mmd (Mermaid), .graphml, or .json (the plan with the states of now).",
)
@click.option(
    "--only",
    type=click.Choice(["ports", "all"]),
    default=None,
    help="What to show: the ports alone, wheels that exist folded into what needs them (default "
    "for more than 60 nodes), or every node.",
)
@click.option(
    "--around", metavar="NAME", help="Only this package, what it needs and what needs it."
)
@click.option(
    "--group",
    type=click.Choice(["python", "platform", "state"]),
    help="Put what is alike in this into a frame.",
)
@click.option(
    "--direction",
    type=click.Choice(["LR", "TB"]),
    default="LR",
    show_default=True,
    help="From left to right, or from top to bottom.",
)
@options.common
def command(**values: Any) -> None:
    """Draw a plan and how it stands (default: the newest plan in graphs/)."""
    from porter import app
    from porter.report import View

    path = Path(values["graph"]) if values["graph"] else None
    view = View(
        only=values["only"] or "auto",
        around=values["around"],
        group=values["group"],
        direction=values["direction"],
    )
    drawn = app.draw(path, values["output"], view, workspace=values["workspace"])
    hidden = f", {drawn.hidden} not shown" if drawn.hidden else ""
    click.echo(f"{values['output']}: {number_of(len(drawn.boxes), 'node')}{hidden}", err=True)
