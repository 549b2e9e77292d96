"""``porter image``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from porter.cli import options, render
from porter.cli.main import notice

if TYPE_CHECKING:
    from porter.images import ImageInfo


@click.group("image", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, bootstrap or remove the images that steps run in."""


@command.command("list")
@options.engine
@options.output_format
@options.common
def list_(**values: Any) -> None:
    """List the images that are here."""
    from porter import app

    _show(app.list_images(values["engine"], render.silent), values["form"])


@command.command("bootstrap")
@options.platform
@options.engine
@options.output_format
@options.common
def bootstrap(**values: Any) -> None:
    """Make images anew from Debian's packages (signed; nothing of the target's is run)."""
    from porter import app

    made = app.bootstrap_images(
        render.fitness(values), values["engine"], render.silent if values["quiet"] else notice
    )
    _show(made, values["form"])


@command.command("remove")
@click.argument("name")
@options.engine
@options.common
def remove(**values: Any) -> None:
    """Remove an image by the name `porter image list` shows."""
    from porter import app

    removed = app.remove_image(values["name"], values["engine"], render.silent)
    click.echo(f"removed {removed.name}")


def _show(images: Sequence[ImageInfo], form: str) -> None:
    if form == "json":
        click.echo(render.as_json([render.image_data(image) for image in images]))
        return
    for image in images:
        pythons = ",".join(interpreter.tag for interpreter in image.interpreters)
        added = f"  with {', '.join(image.packages)}" if image.packages else ""
        click.echo(f"{image.name}  {image.arch}  {pythons}  {image.size / 1e6:.0f} MB{added}")
