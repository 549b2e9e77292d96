"""One logical line of a requirement file: a requirement with its options, or options alone."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

_OF_A_REQUIREMENT = frozenset({"hash", "config_settings", "global_option"})
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")
_NOT_EDITABLE = "Name its sdist, its wheel or its repository: NAME @ ADDRESS."


class LineError(Exception):
    """A line that cannot be used: what is wrong with it, and what to do instead."""

    def __init__(self, text: str, hint: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says."""

    requirement: str
    """Empty on a line of options."""
    options: dict[str, Any]
    """Those that were given, by their long name with ``_`` for ``-``."""


def read_line(line: str) -> Line:
    """Take a line apart. Raises `LineError`."""
    words = line.split(" ")
    first = next((i for i, word in enumerate(words) if word.startswith("-")), len(words))
    requirement = " ".join(words[:first]).strip()
    options = _read_options(" ".join(words[first:]))
    if "editable" in options:
        raise LineError(f"editable requirement {hidden(options['editable'][0])!r}", _NOT_EDITABLE)
    for name in options:
        if (name in _OF_A_REQUIREMENT) != bool(requirement):
            option = f"--{name.replace('_', '-')}"
            alone = "belongs to a requirement" if not requirement else "needs a line of its own"
            raise LineError(f"{option} {alone}")
    return Line(requirement, options)


def hidden(text: str) -> str:
    """The text without passwords in addresses."""
    return _PASSWORD.sub("…@", text)


def _read_options(text: str) -> dict[str, Any]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise LineError(f"options that cannot be split: {error}") from None
    # An argument of its own with a dash in front (``-f --pre``) is argparse's to refuse.
    given = vars(_parser().parse_args(words)) if words else {}
    return {name: value for name, value in given.items() if value}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LineError(hidden(message))


@lru_cache(maxsize=1)
def _parser() -> _Parser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    for names in (
        ("-i", "--index-url", "--pypi-url"),
        ("--extra-index-url",),
        ("-f", "--find-links"),
        ("-r", "--requirement"),
        ("-c", "--constraint"),
        ("-e", "--editable"),
        ("--no-binary",),
        ("--only-binary",),
        ("--trusted-host",),
        ("--use-feature",),
        ("--hash",),
        ("-C", "--config-settings", "--config-setting"),
        ("--global-option",),
    ):
        parser.add_argument(*names, action="append", dest=_destination(names))
    for flag in ("--no-index", "--pre", "--require-hashes", "--prefer-binary"):
        parser.add_argument(flag, action="store_true")
    return parser


def _destination(names: Sequence[str]) -> str:
    long = next(name for name in names if name.startswith("--"))
    return long.removeprefix("--").replace("-", "_")
