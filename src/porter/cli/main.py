"""The ``porter`` command: subcommands loaded when they are called, errors turned into a status."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any, NoReturn

import click

from porter import __version__
from porter.errors import PorterError, UsageError

INTERRUPTED = 130

# Name to module (`porter.cli.NAME`) and its one-line help, so that `porter --help` loads none.
COMMANDS = {
    "plan": "Work out what has to be ported, and write the plan.",
    "build": "Build, repair and verify what has to be ported.",
    "status": "Show how the ports of a plan stand.",
    "why": "Show the paths from the target to a package, and why it is a port.",
    "log": "Show the log of a port's last attempt.",
    "image": "List, bootstrap or remove images.",
    "recipe": "List, show, check or begin recipes.",
    "doctor": "Say what is here, what is missing, and the command that mends it.",
    "setup": "Do what doctor proposes.",
}


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

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
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        cli.main(standalone_mode=False)
    except PorterError as error:
        _show(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(UsageError.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("porter: interrupted; finished work is kept", err=True)
        sys.exit(INTERRUPTED)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output has gone (`porter plan | head`); say nothing more to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
    sys.exit(0)


def _interrupt(_signal: int, _frame: Any) -> NoReturn:
    # SIGTERM ends a run as Ctrl-C does: containers and children are removed on the way out.
    raise KeyboardInterrupt


def _show(error: PorterError) -> None:
    click.echo(f"{click.style('error', fg='red', bold=True)}: {error.message}", err=True)
    for line in error.context.splitlines():
        click.echo(f"  {line}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint', fg='cyan')}: {error.hint}", err=True)


def notice(text: str) -> None:
    """Tell the person at the terminal something that is not the result (standard error)."""
    click.echo(f"{click.style('porter', dim=True)}: {text}", err=True)
