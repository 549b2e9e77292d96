"""``porter recipe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from porter.cli import options, render

if TYPE_CHECKING:
    from porter.app import RecipeEntry


@click.group("recipe", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """List, show, check or begin recipes: what porter knows about building a package."""


@command.command("list")
@options.output_format
@options.common
def list_(**values: Any) -> None:
    """List the recipes a plan would use: the workspace's, then the shipped ones."""
    from porter import app

    entries = app.list_recipes(values["workspace"])
    if values["form"] == "json":
        click.echo(render.as_json([_data(entry) for entry in entries]))
        return
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        click.echo(f"{entry.name:<{width}}  {entry.origin:<9}  {entry.file.reason}")
        for place in entry.file.tested:
            click.echo(f"{'':{width}}  {'':9}  tested: {place}")


@command.command("show")
@click.argument("name")
@click.argument("version", required=False)
@options.output_format
@options.common
def show(**values: Any) -> None:
    """Show the recipe of NAME, or what it says about one VERSION."""
    from porter import app

    entry = app.show_recipe(values["name"], values["workspace"])
    version = values["version"]
    if values["form"] == "json":
        said = _said(entry, version) if version else {"text": entry.path.read_text("utf-8")}
        click.echo(render.as_json({**_data(entry), **said}))
    elif version:
        click.echo(_told(entry, version))
    else:
        click.echo(f"# {entry.path} ({entry.origin})", err=True)
        click.echo(entry.path.read_text("utf-8"), nl=False)


@command.command("check")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.common
def check(**values: Any) -> None:
    """Check recipe files: exit status 2, and file, line and key, for one that is wrong."""
    from porter import app

    for name in values["files"]:
        keys = ", ".join(app.unheeded(app.check_recipe(Path(name))))
        if not values["quiet"]:
            click.echo(f"{name}: all right" + (f"; not acted upon: {keys}" if keys else ""))


@command.command("new")
@click.argument("name")
@options.common
def new(**values: Any) -> None:
    """Begin recipes/NAME.toml in the workspace; a copy where porter ships one."""
    from porter import app

    path = app.new_recipe(values["name"], values["workspace"])
    click.echo(render.relative(path, values["workspace"]))


def _data(entry: RecipeEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "origin": entry.origin,
        "path": str(entry.path),
        "reason": entry.file.reason,
        "tested": list(entry.file.tested),
    }


def _said(entry: RecipeEntry, version: str) -> dict[str, Any]:
    alias, rules = entry.said_of(version)
    return {
        "version": version,
        "taken_as": str(alias.version) if alias else None,
        "rules": rules,
    }


def _told(entry: RecipeEntry, version: str) -> str:
    alias, rules = entry.said_of(version)
    lines = [f"{entry.name} {version}: {entry.file.reason}"]
    if alias:
        lines.append(f"taken as {alias.version}: {alias.reason}")
    if rules is None:
        lines.append("no entry matches it: nothing is changed")
    for key, value in (rules or {}).items():
        lines.append(f"  {key} = {render.as_line(value)}")
    lines.append(f"from {entry.path} ({entry.origin})")
    return "\n".join(lines)
