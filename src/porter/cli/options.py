"""Options that several commands share, and the files they may be written down in."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from porter import config
from porter.errors import UsageError
from porter.model import ARCHITECTURES, Strategy

F = TypeVar("F", bound=Callable[..., Any])


def _absolute(_ctx: click.Context, _param: click.Parameter, value: str) -> Path:
    return Path(value).expanduser().absolute()


def _read_settings(ctx: click.Context, _param: click.Parameter, value: str | None) -> Path | None:
    """Make the settings file the source of defaults (flags and environment go before it)."""
    path = Path(value) if value else config.find_file(ctx.params["workspace"])
    if path is not None:
        names = {
            option.removeprefix("--"): parameter.name
            for parameter in ctx.command.params
            for option in parameter.opts
        }
        ctx.default_map = {
            str(names[key]): value for key, value in config.load(path).items() if key in names
        }
    return path


def _switch_color(ctx: click.Context, _param: click.Parameter, value: str) -> str:
    # https://no-color.org: what a person asks for by name goes before it.
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    auto = False if plain else None
    ctx.color = ctx.find_root().color = {"always": True, "never": False}.get(value, auto)
    return value


def _apply(function: F, options: list[Callable[[F], F]]) -> F:
    for option in reversed(options):
        function = option(function)
    return function


def _seconds(_ctx: click.Context, _param: click.Parameter, value: Any) -> float | None:
    """A time as a person or a settings file gives it."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise click.BadParameter(f"{value!r} is not a number of seconds.")
    return seconds


def common(function: F) -> F:
    """What every command takes."""
    return _apply(
        function,
        [
            click.option(
                "--workspace",
                metavar="DIR",
                default=".",
                envvar="PORTER_WORKSPACE",
                is_eager=True,
                callback=_absolute,
                help="The folder to work in (default: the current one).",
            ),
            click.option(
                "--config",
                metavar="FILE",
                envvar="PORTER_CONFIG",
                is_eager=True,
                callback=_read_settings,
                expose_value=False,
                help="Settings (default: porter.toml, or [tool.porter] in pyproject.toml).",
            ),
            click.option(
                "--color",
                type=click.Choice(["auto", "always", "never"]),
                default="auto",
                envvar="PORTER_COLOR",
                is_eager=True,
                callback=_switch_color,
                expose_value=False,
                help="Colour in messages.",
            ),
            click.option("-q", "--quiet", is_flag=True, help="Say less."),
            click.option("-v", "--verbose", is_flag=True, help="Say more: what steps write."),
        ],
    )


def output_format(function: F) -> F:
    """``--format text|json``."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json"]),
        default="text",
        help="json: standard output is one JSON document.",
    )(function)


def _selection_of_versions() -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "--prefer", type=click.Choice(["newest", "ported"]), default="newest",
            envvar="PORTER_PREFER", show_default=True,
            help="The newest versions allowed, or those that leave the least to build.",
        ),
        click.option(
            "--exclude-newer", metavar="DATE", envvar="PORTER_EXCLUDE_NEWER",
            help="Nothing uploaded after this day (YYYY-MM-DD, or an ISO 8601 time).",
        ),
        click.option(
            "--from-source", metavar="NAME", multiple=True, envvar="PORTER_FROM_SOURCE",
            help="Build NAME (or :all:) even where an index has a usable wheel.",
        ),
    ]  # fmt: skip


def _selection_of_files() -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "-r", "--requirement", "requirement_files", metavar="FILE", multiple=True,
            help="Requirements from a file, as pip reads it (repeatable).",
        ),
        click.option(
            "-c", "--constraint", "constraint_files", metavar="FILE", multiple=True,
            help="Limits on versions from a file (repeatable).",
        ),
    ]  # fmt: skip


def _selection_of_indexes() -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "--index-url", metavar="URL", envvar="PORTER_INDEX_URL",
            help="The index (default: what pip or uv is configured for).",
        ),
        click.option(
            "--extra-index-url", metavar="URL", multiple=True, envvar="PORTER_EXTRA_INDEX_URL",
            help="A further index (repeatable).",
        ),
        click.option(
            "--find-links", metavar="DIR|URL", multiple=True, envvar="PORTER_FIND_LINKS",
            help="A folder or page of files (repeatable).",
        ),
        click.option(
            "--offline", is_flag=True, envvar="PORTER_OFFLINE",
            help="Use no network: only what the cache has.",
        ),
        click.option(
            "--refresh", is_flag=True, envvar="PORTER_REFRESH",
            help="Ask again for index pages, however fresh, and backends that failed.",
        ),
    ]  # fmt: skip


def platform(function: F) -> F:
    """``--python``, ``--arch`` and ``--policy``."""
    return _apply(
        function,
        [
            click.option(
                "--python", "pythons", metavar="3.X", multiple=True, envvar="PORTER_PYTHON",
                help="A Python the wheels are for (repeatable).",
            ),
            click.option(
                "--arch", default="aarch64", envvar="PORTER_ARCH", show_default=True,
                metavar="|".join(ARCHITECTURES),
                help="The target's architecture.",
            ),
            click.option(
                "--policy", default="manylinux2014", envvar="PORTER_POLICY", show_default=True,
                help="The highest glibc the wheels may ask for.",
            ),
        ],
    )  # fmt: skip


def engine(function: F) -> F:
    """``--engine``."""
    return click.option(
        "--engine",
        type=click.Choice(["auto", "docker", "podman", "local"]),
        default="auto",
        envvar="PORTER_ENGINE",
        show_default=True,
        help="Where commands run.",
    )(function)


def selection(function: F) -> F:
    """What to plan: requirements, versions, platform and indexes."""
    options = [*_selection_of_files(), *_selection_of_versions(), *_selection_of_indexes()]
    return _apply(platform(function), options)


_OF_A_PLAN = frozenset({
    "requirement_files", "constraint_files", "prefer", "exclude_newer", "from_source", "pythons",
    "arch", "policy",
})  # fmt: skip


def keep_to_plan(ctx: click.Context) -> None:
    """Refuse flags of this call whose values stand in the plan it names.

    Settings and environment are for all calls, and may differ from a plan.

    Raises:
        UsageError: there are such flags.
    """
    given = [
        parameter.opts[0]
        for parameter in ctx.command.params
        if parameter.name in _OF_A_PLAN
        and ctx.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
    if given:
        do = "do" if len(given) > 1 else "does"
        raise UsageError(
            f"a plan is used exactly as it is: {' and '.join(given)} {do} not go with it",
            hint="Make another one with them: porter plan.",
        )


def execution(function: F) -> F:
    """How to build."""
    strategies = ["auto", *(strategy.value for strategy in Strategy)]
    return _apply(
        engine(function),
        [
            click.option(
                "--strategy", type=click.Choice(strategies), default="auto",
                envvar="PORTER_STRATEGY", show_default=True, help="How ports are built.",
            ),
            click.option(
                "-j", "--jobs", type=click.IntRange(min=1), metavar="N", envvar="PORTER_JOBS",
                help="Ports at once (default: one per core, and at most one per 2 GiB of memory). "
                "Compilers of all of them together keep to the machine's cores.",
            ),
            click.option(
                "--fail-fast", is_flag=True,
                help="Begin no port after the first failure; those that have begun are finished.",
            ),
            click.option(
                "--rebuild", metavar="NAME", multiple=True,
                help="Build NAME again although it is finished (repeatable).",
            ),
            click.option(
                "--check-reproducible", is_flag=True,
                help="Compare what --rebuild builds with the wheel before, byte by byte "
                "(status 1 unless it is the same).",
            ),
            click.option(
                "--verify", type=click.Choice(["import", "tests", "none"]), default="import",
                envvar="PORTER_VERIFY", show_default=True,
                help="How a wheel is proved on the target platform.",
            ),
            click.option(
                "--verify-on", metavar="DISTRIBUTION", multiple=True, envvar="PORTER_VERIFY_ON",
                help="Prove it on another distribution's root, too: debian:trixie "
                "(repeatable, or with commas).",
            ),
            click.option(
                "--retry-failed", is_flag=True,
                help="Try again what failed before, although nothing has changed.",
            ),
            click.option(
                "--timeout", type=click.UNPROCESSED, callback=_seconds, metavar="SECONDS",
                envvar="PORTER_TIMEOUT",
                help="End an attempt whose commands take longer (default: a day, or what its "
                "recipe lets expect).",
            ),
            click.option(
                "--max-silent-time", type=click.UNPROCESSED, callback=_seconds,
                metavar="SECONDS", envvar="PORTER_MAX_SILENT_TIME",
                help="End a command that writes nothing for so long (default: 7200).",
            ),
            click.option(
                "--allow-less-isolation", is_flag=True,
                help="Engine local: go on where the kernel refuses full isolation.",
            ),
            click.option("--dry-run", is_flag=True, help="Say what would be built, and stop."),
        ],
    )  # fmt: skip
