"""Planning two real trees, beside what uv and pip need to resolve them for x86_64."""

from __future__ import annotations

import atexit
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from lib.measure import Failed, Measured, measured, middle
from lib.report import table, write_section
from porter.engine.interpreters import find
from porter.model import Interpreter

ROUNDS = 3
PATIENCE = 300.0
"""Seconds after which a tool is not waited for any longer."""
SAME_INDEX = {
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_EXTRA_INDEX_URL": "",
    "PIP_FIND_LINKS": "",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "UV_NO_CONFIG": "1",
}
"""All ask the default index and nothing beside it, whatever this machine is configured for."""
PLATFORMS = ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")


@dataclass(frozen=True, slots=True)
class Tree:
    """What is planned."""

    requirement: str
    python: str
    without_wheel: tuple[str, ...]
    """Projects of which the index has no wheel that x86_64 and this Python can use."""


TREES = (
    Tree("tensorflow==1.15.5", "3.7", ("gast",)),
    Tree(
        "apache-airflow==2.2.5",
        "3.9",
        ("flask-jwt-extended", "flask-login", "python-nvd3", "python-slugify", "unicodecsv"),
    ),
)


@dataclass(frozen=True, slots=True)
class Tool:
    """A way to resolve a tree, given a cache folder."""

    name: str
    command: Callable[[Tree, Path], Sequence[str]]
    environ: Callable[[Path], Mapping[str, str]]
    reads_stdin: bool = False

    def run(self, tree: Tree, cache: Path) -> Measured:
        """Resolve the tree once. Raises `Failed`."""
        return measured(
            self.command(tree, cache),
            environ={**SAME_INDEX, **self.environ(cache)},
            stdin=tree.requirement if self.reads_stdin else "",
            timeout=PATIENCE,
        )


def tools() -> tuple[Tool, ...]:
    """porter, then those it is compared with."""
    return (
        Tool("porter plan", _porter, lambda cache: {"PORTER_CACHE_DIR": str(cache)}),
        Tool("uv pip compile", _uv, lambda cache: {"UV_CACHE_DIR": str(cache)}, reads_stdin=True),
        Tool("pip install --dry-run, wheels only", _pip_wheels, _pip_cache),
        Tool("pip install --dry-run, sdists where there is no wheel", _pip_sparing, _pip_cache),
        Tool("pip install --dry-run, sdists too", _pip, _pip_cache),
    )


def _porter(tree: Tree, cache: Path) -> Sequence[str]:
    words = ["plan", tree.requirement, "--python", tree.python, "-q", "--workspace", str(cache)]
    return [sys.executable, "-m", "porter", *words]


def _uv(tree: Tree, _cache: Path) -> Sequence[str]:
    words = ["pip", "compile", "-q", "-", "--python-version", tree.python]
    return [*_uv_command(), *words, "--python-platform", "x86_64-manylinux2014"]


def _uv_command() -> Sequence[str]:
    if found := shutil.which("uv"):
        return [found]
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    raise SystemExit("uv is not here: pip install uv (it is in the group dev)")


def _pip_cache(cache: Path) -> Mapping[str, str]:
    return {"PIP_CACHE_DIR": str(cache)}


@cache
def _pip_of(version: str) -> Path:
    """An interpreter of this version with the newest pip that runs on it."""
    python = find(Interpreter.parse(version), os.environ)
    if python is None:
        raise Failed(f"no Python {version} here")
    folder = Path(tempfile.mkdtemp(prefix=f"pip-{version}-"))
    atexit.register(shutil.rmtree, folder)
    measured([str(python), "-m", "venv", str(folder)], timeout=PATIENCE)
    made = folder / "bin" / "python"
    words = ["install", "-q", "--upgrade", "pip"]
    measured([str(made), "-m", "pip", *words], environ=SAME_INDEX, timeout=PATIENCE)
    return made


def _pip(tree: Tree, _cache: Path) -> Sequence[str]:
    """pip in an interpreter of the tree's own version: it builds the metadata of sdists."""
    words = ["install", "-q", "--dry-run", "--ignore-installed"]
    return [str(_pip_of(tree.python)), "-m", "pip", *words, tree.requirement]


def _pip_sparing(tree: Tree, cache: Path) -> Sequence[str]:
    """The same, with wheels alone but for the projects of which there are none."""
    words = ["--only-binary=:all:", f"--no-binary={','.join(tree.without_wheel)}"]
    return [*_pip(tree, cache), *words]


def _pip_wheels(tree: Tree, _cache: Path) -> Sequence[str]:
    words = ["install", "-q", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
    words += ["--implementation", "cp", "--python-version", tree.python]
    words += [word for name in PLATFORMS for word in ("--platform", name)]
    return [sys.executable, "-m", "pip", *words, tree.requirement]


def compare(tree: Tree, scratch: Path) -> list[tuple[str, str, str, str, str]]:
    """A row for each tool: name, and cold and warm with their ratio to porter's.

    The tools take turns, so that a busy while of the machine or the index meets all of them.
    """
    caches = (scratch / str(number) for number in count())
    runs: dict[str, list[tuple[Measured, Measured]]] = {tool.name: [] for tool in tools()}
    failures: dict[str, str] = {}
    for _ in range(ROUNDS):
        for tool in tools():
            if tool.name in failures:
                continue
            try:
                runs[tool.name].append(_pair(tool, tree, next(caches)))
            except Failed as failure:
                failures[tool.name] = str(failure).replace("|", "/")
    found = {
        name: [middle(some) for some in zip(*pairs, strict=True)]
        for name, pairs in runs.items()
        if name not in failures
    }
    ours = found[tools()[0].name]
    return [
        (name, failures[name], "", "", "") if name in failures else _row(name, found[name], ours)
        for name in runs
    ]


def _row(
    name: str, found: Sequence[Measured], ours: Sequence[Measured]
) -> tuple[str, str, str, str, str]:
    (cold, cold_ratio), (warm, warm_ratio) = (
        (f"{f.seconds:.2f} s", f"{f.seconds / o.seconds:.1f}")
        for f, o in zip(found, ours, strict=True)
    )
    return (name, cold, cold_ratio, warm, warm_ratio)


def _pair(tool: Tool, tree: Tree, cache: Path) -> tuple[Measured, Measured]:
    """The same twice: with an empty cache, then with what the first run left in it."""
    cache.mkdir()
    return tool.run(tree, cache), tool.run(tree, cache)


def main() -> None:
    """Measure both trees and write their tables."""
    parts = [f"Medians of {ROUNDS} whole processes; the ratios are to porter's time."]
    for tree in TREES:
        with tempfile.TemporaryDirectory() as scratch:
            rows = compare(tree, Path(scratch))
        made = table(
            [f"{tree.requirement}, Python {tree.python}", "cold", "ratio", "warm", "ratio"], rows
        )
        print(made, flush=True)
        parts.append(made)
    write_section("plan", "\n\n".join(parts))


if __name__ == "__main__":
    main()
