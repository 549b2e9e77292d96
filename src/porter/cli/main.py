"""The ``porter`` command: subcommands loaded when they are called, errors turned into a status."""

from __future__ import annotations

import errno
import gc
import os
import sys
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from porter import __version__
from porter.cli.plain import plain
from porter.errors import PorterError, SurroundingsError, UsageError
from porter.signals import SIGNALS

INTERRUPTED = 130

# A large plan is a million small objects that all stay: looked through for cycles as often as
# Python does by itself, they cost a quarter of a run that has nothing to do.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000

# Name to module (`porter.cli.NAME`) and its one-line help, so that `porter --help` loads none.
COMMANDS = {
    "plan": "Work out what has to be ported, and write the plan.",
    "build": "Build, repair and verify what has to be ported.",
    "status": "Show how the ports of a plan stand.",
    "graph": "Draw a plan and how it stands.",
    "why": "Show the paths from the target to a package, and why it is a port.",
    "log": "Show the log of a port's last attempt.",
    "clean": "Remove what no plan needs any more.",
    "serve": "Serve the wheelhouse as an index, and the report page.",
    "image": "List, bootstrap or remove images.",
    "recipe": "List, show, check or begin recipes.",
    "doctor": "Say what is here, what is missing, and the command that mends it.",
    "setup": "Do what doctor proposes.",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for, and whose errors are shown."""

    def invoke(self, ctx: click.Context) -> Any:
        # Here, and not in `main`, the command's colour settings still hold.
        try:
            return super().invoke(ctx)
        except PorterError as error:
            shown = error
        except OSError as error:
            if error.errno == errno.EPIPE:  # the reader of our output has gone; click's to handle
                raise
            shown = SurroundingsError(str(error))
        _show(shown)
        sys.exit(shown.exit_code)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"porter.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="porter")
@click.pass_context
def cli(_ctx: click.Context) -> None:
    """Port a Python package, and everything it needs, to another CPU architecture.

    \b
    porter plan numpy==1.18.5 --python 3.9      what has to be built, and why
    porter build numpy==1.18.5 --python 3.9     build it; again: only what changed
    """  # noqa: D301  # click's own mark for "do not rewrap"


def main() -> NoReturn:
    """Run the command line and exit with the status docs/reference/exit-status.md tells."""
    SIGNALS.listen(_patience)
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    if isinstance(sys.stdout, TextIOWrapper):
        # What packages write may hold characters that the locale has not: no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = UsageError.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("porter: interrupted; finished work is kept", err=True)
        status = INTERRUPTED
    finally:  # a command ends by an exception of its own: SystemExit
        SIGNALS.ignore()
    sys.exit(status if isinstance(status, int) else 0)


def _patience() -> None:
    os.write(2, b"porter: removing what was under way; once more stops at once\n")


def _show(error: PorterError) -> None:
    click.echo(f"{click.style('error', fg='red', bold=True)}: {plain(error.message)}", err=True)
    for line in plain(error.context).splitlines():
        click.echo(f"  {line}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint', fg='cyan')}: {plain(error.hint)}", err=True)


def notice(text: str) -> None:
    """Tell the person at the terminal something that is not the result (standard error)."""
    click.echo(notice_line(text), err=True)


def notice_line(text: str) -> str:
    """A notice as it stands on the terminal."""
    return f"{click.style('porter', dim=True)}: {plain(text)}"
