"""The documentation is what the code says, and its links, commands and options exist."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from pages import DOCS, PAGES, README, ROOT, calls, fences, prose, rows, spans
from porter.app import Planned, Run, Standing
from porter.cli import render, standings
from porter.cli.main import INTERRUPTED, cli
from porter.config import KEYS
from porter.errors import PorterError
from porter.graph.document import ArtifactDoc, EdgeDoc, NodeDoc, TargetDoc
from porter.model import Ending, Outcome, State
from porter.recipes import schema
from porter.run.attempt import COLUMNS
from unit.graph import plans

REFERENCE = DOCS / "reference"
FORMATS = REFERENCE / "formats.md"
SHELLS = {"", "sh", "console", "text", "yaml"}
LINK = re.compile(r"\]\(([^)\s]+)\)")
STANDING_FOR = {"N": "1", "SECONDS": "1", "DATE": "2025-01-01"}
"""What a page writes in place of a value that has to be of some kind."""
OTHERS = {
    "--dry-run": "pip",
    "--find-links": "pip",
    "--global-option": "pip",
    "--no-index": "requirements file",
    "--pre": "requirements file",
    "--no-binary": "requirements file",
    "--only-binary": "requirements file",
    "--only-binary=:all:": "pip",
    "--prefer-binary": "requirements file",
    "--require-hashes": "requirements file",
    "--hash": "requirements file",
    "--hash=sha256:…": "requirements file",
    "--trusted-host": "requirements file",
    "--use-feature": "requirements file",
}
"""Options of other programs, and what requirement files may say."""


def _id(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("name", ["cli.md", "failures.md", "settings.md"])
def test_a_reference_is_what_the_code_says(name: str) -> None:
    # In a process of its own: click keeps the help option of a command that was called before.
    code = (
        "import runpy, sys; sys.stdout.write(runpy.run_path(sys.argv[1])['PAGES'][sys.argv[2]]())"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, str(DOCS / "make.py"), name],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONIOENCODING": "utf-8"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    assert (REFERENCE / name).read_text() == made, "run: doit docs"


def test_the_pages_become_a_site_without_a_warning(tmp_path: Path) -> None:
    """Every link and anchor within docs/ leads somewhere; `doit docs` does the same."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout.decode()


def _links(page: Path) -> Iterator[Path]:
    for link in LINK.findall(prose(page)):
        if not re.match(r"[a-z]+:|#", link):
            yield (page.parent / link.partition("#")[0]).resolve()


def test_the_readme_leads_to_what_is_there() -> None:
    assert [link for link in _links(README) if not link.exists()] == []


def test_every_page_is_reached_from_the_first() -> None:
    reached, waiting = set(), [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting += _links(page)
    assert set(PAGES) - {README} <= reached


# --- commands ------------------------------------------------------------------------------------


def _lines(page: Path) -> Iterator[str]:
    """Everything on a page that may be a command."""
    for fence in fences(page):
        if fence.language == "console":
            yield from (call.command for call in calls(fence.text))
        elif fence.language in SHELLS:
            joined = fence.text.replace("\\\n", " ")
            yield from (re.sub(r"^\s*(\$|- run:|-) ", "", line) for line in joined.splitlines())
    yield from spans(page)


def _porter_words(page: Path) -> Iterator[list[str]]:
    """The words of every `porter` command on a page, without those of the shell around it."""
    for line in _lines(page):
        if not re.match(r"\s*(\S*/)?porter [a-z]", line):
            continue
        plain = re.split(r"\s+#\s|\s\s+\S|\s[|>]|\s&&\s|\|\|", line.strip())[0]
        yield [STANDING_FOR.get(word, word) for word in shlex.split(plain)[1:]]


def _parse(words: list[str]) -> None:
    command: click.Command = cli
    context = click.Context(cli, info_name="porter", **cli.context_settings)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        if found is None:
            raise click.UsageError(f"no command {words[0]}")
        command, words = found, words[1:]
        context = click.Context(command, info_name=command.name, parent=context)
    command.make_context(command.name, list(words), parent=context.parent)


COMMANDS = sorted(
    {(_id(page), tuple(words)) for page in PAGES for words in _porter_words(page)},
    key=lambda found: (found[0], found[1]),
)


@pytest.mark.parametrize(
    ("page", "words"), COMMANDS, ids=[f"{page}: {' '.join(words)}" for page, words in COMMANDS]
)
def test_a_command_of_a_page_is_one_of_porters(
    page: str, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        _parse(list(words))
    except click.MissingParameter:
        # Prose may name a command without what it is about.
        assert len(words) <= 2, page


def test_commands_are_found_on_the_pages() -> None:
    assert len({page for page, _ in COMMANDS}) > 10
    with pytest.raises(click.UsageError):
        _parse(["build", "--no-such-option"])


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.params:
        yield from (*parameter.opts, *parameter.secondary_opts)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from _options(inner, context)


def test_every_option_that_a_page_names_exists() -> None:
    known = set(_options(cli, click.Context(cli))) | {"--help", "-h"} | set(OTHERS)
    named = {
        (_id(page), word)
        for page in PAGES
        for span in spans(page)
        if (word := span.split()[0] if span.split() else "").startswith("--")
    }
    assert {(page, word) for page, word in named if word not in known} == set()
    assert len(named) > 20


# --- reference pages written by hand -------------------------------------------------------------


def _first(page: str, heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows(REFERENCE / page, heading)]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("## The file", schema.RecipeFile),
        ('## `[alias."VERSION"]`', schema.Alias),
        ("## `[[release]]`", schema.Rules),
        ("## `build-requires`", schema.BuildRequires),
        ("## `system`", schema.SystemPackages),
        ("## `source`", schema.Source),
        ("## `tests`", schema.Tests),
    ],
)
def test_every_key_of_a_recipe_is_told(heading: str, kind: Any) -> None:
    keys = [field.encode_name for field in msgspec.structs.fields(kind)]
    assert sorted(_first("recipes.md", heading)) == sorted(keys)


def _errors(kind: type[PorterError]) -> Iterator[type[PorterError]]:
    yield kind
    yield from chain.from_iterable(map(_errors, kind.__subclasses__()))


def test_every_exit_status_is_told() -> None:
    statuses = {kind.exit_code for kind in _errors(PorterError)} | {0, 1, INTERRUPTED}
    assert _first("exit-status.md", "# Exit status") == [str(each) for each in sorted(statuses)]


def test_every_column_of_the_journal_is_told() -> None:
    told = [name for row in _first("formats.md", "## The journal") for name in row.split("`, `")]
    assert sorted(told) == sorted(COLUMNS)


def test_every_setting_is_told() -> None:
    told = {row[1].strip("`") for row in rows(REFERENCE / "settings.md", "# Settings")} - {""}
    assert told == set(KEYS)


def _example(number: int) -> Any:
    """One of the JSON documents that formats.md shows."""
    shown = [fence.text for fence in fences(FORMATS) if fence.language == "json"]
    return json.loads(shown[number])


def test_the_plan_is_told() -> None:
    plan = _example(0)
    named = set(spans(FORMATS))
    for shown, kind in (
        (plan["target"], TargetDoc),
        (plan["nodes"][0], NodeDoc),
        (plan["nodes"][0]["source"], ArtifactDoc),
        (plan["edges"][0], EdgeDoc),
    ):
        fields = {field.encode_name for field in msgspec.structs.fields(kind)}
        assert set(shown) <= fields
        # Those that stand in a file only where there is something to say are told below it.
        assert fields - set(shown) <= named


def test_how_a_plan_stands_is_told() -> None:
    node = plans.node("demo")
    planned = Planned(plans.plan([node], [], "demo"), Path("graphs/demo.json"), b"")
    made = standings.as_data(planned, [Standing(node, State.PORT, None)], Path())
    _same_keys(_example(1), made, "nodes")


def test_the_result_of_a_run_is_told() -> None:
    planned = Planned(plans.plan([], [], "demo"), Path("graphs/demo.json"), b"")
    made = render.result(Run(planned, (Outcome("demo==1@cp39", Ending.BUILT),)), Path())
    _same_keys(_example(2), made, "ports")
    assert set(_example(2)["counts"]) == set(made["counts"])


def _same_keys(shown: Any, made: Any, entries: str) -> None:
    assert set(shown) == set(made)
    assert set(shown[entries][0]) == set(made[entries][0])
