"""Writes the reference pages that are made from the code itself (``doit docs``)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from porter.cli.main import cli
from porter.config import KEYS
from porter.diagnose import GENERAL, OWN, TABLE, Rule

REFERENCE = Path(__file__).parent / "reference"
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


def cli_page() -> str:
    """docs/reference/cli.md."""
    context = click.Context(cli, info_name="porter", **cli.context_settings)
    context.terminal_width = WIDTH
    parts = ["# Commands\n\nWritten by `doit docs` from the command line itself.\n"]
    parts.append(f"```text\n{cli.get_help(context)}\n```\n")
    for name, text in commands(cli, context):
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)


FAILURES = """\
# Kinds of failure

Written by `doit docs` from the rules themselves. `rule` in the JSON of a run is one of these names;
`…` stands for what the log says. The rules are asked in this order, about the last lines of a log
first: the specific stand before the general. A failure marked with * is the same for every
strategy, so that no other is tried.
See [From a failing build to a mended one](../how-to/a-failing-build.md).
"""


def _row(kind: Rule) -> str:
    reason = kind.reason.format("…", "…").replace("…: …", "…")
    hint = kind.hint.format("…", "…", package="")
    star = r" \*" if kind.final else ""
    return f"| `{kind.name}`{star} | {reason} | {hint} |"


def failures_page() -> str:
    """docs/reference/failures.md."""
    parts = [FAILURES]
    for title, kinds in (
        ("Found in the log", TABLE),
        ("Found in the log where nothing above fits", GENERAL),
        ("Found by porter itself", OWN),
    ):
        rows = "\n".join(map(_row, kinds))
        parts.append(
            f"## {title}\n\n| name | what it says | next step |\n| --- | --- | --- |\n{rows}\n"
        )
    return "\n".join(parts)


SETTINGS = """\
# Settings

Written by `doit docs` from the code. What is the same for every call may be written down in
`porter.toml` in the workspace, or under `[tool.porter]` in its `pyproject.toml`; `--config FILE`
names another file. A flag goes before the environment, the environment before the file. An unknown
key is an error.

```toml
python = ["3.9", "3.11"]
engine = "local"
jobs = 4
```

| option | in the file | environment |
| --- | --- | --- |
"""
VARIABLES = """\

Lists in the environment are separated by spaces. Also heeded: `PORTER_CACHE_DIR` (the cache
folder, in place of the user's), `NO_COLOR`, `PAGER`, `DOCKER_HOST`, proxy variables, and what pip
and uv are configured with for indexes.

Without credentials, an index may forbid a project's page (status 403) because it lacks the project,
as PyTorch's does. It is taken so, with a notice, where the index's own address is open and the page
never was there before. Any other refusal ends the plan: a closed index whose password is missing
does not give way to another one that has a project of the same name.
"""


def settings_page() -> str:
    """docs/reference/settings.md."""
    context = click.Context(cli)
    found: dict[str, str] = {}
    for command in cli.list_commands(context):
        for parameter in getattr(cli.get_command(context, command), "params", ()):
            names = [name for name in parameter.opts if name.startswith("--")]
            key = names[0].removeprefix("--") if names else ""
            if key in KEYS or parameter.envvar:
                written = f"`{key}`" if key in KEYS else ""
                found[key] = f"| `--{key}` | {written} | `{parameter.envvar}` |"
    rows = "\n".join(found[key] for key in sorted(found))
    return f"{SETTINGS}{rows}\n{VARIABLES}"


PAGES = {"cli.md": cli_page, "failures.md": failures_page, "settings.md": settings_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")
