"""Writes docs/reference/cli.md from the command line itself (``doit docs``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from porter.cli.main import cli

PAGE = Path(__file__).parent / "reference" / "cli.md"
WIDTH = 96


def commands(group: click.Group, context: click.Context) -> Iterator[tuple[str, str]]:
    """Each command's full name and its help text."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None:
            raise LookupError(name)
        inner = click.Context(command, info_name=name, parent=context, max_content_width=WIDTH)
        inner.terminal_width = WIDTH
        yield inner.command_path, command.get_help(inner)
        if isinstance(command, click.Group):
            yield from commands(command, inner)


def page() -> str:
    """The whole page."""
    context = click.Context(cli, info_name="porter", **cli.context_settings)
    context.terminal_width = WIDTH
    parts = ["# Commands\n\nWritten by `doit docs` from the command line itself.\n"]
    parts.append(f"```text\n{cli.get_help(context)}\n```\n")
    for name, text in commands(cli, context):
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
