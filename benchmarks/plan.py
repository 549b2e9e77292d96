"""Planning two real trees, beside what uv and pip need to resolve them for x86_64."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from lib.measure import Failed, Measured, measured, middle
from lib.report import table, write_section
from porter.engine.interpreters import find
from porter.model import Interpreter

ROUNDS = 3
PATIENCE = 300.0
"""Seconds after which a tool is not waited for any longer."""
PLATFORMS = ("manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")


@dataclass(frozen=True, slots=True)
class Tree:
    """What is planned."""

    requirement: str
    python: str


TREES = (Tree("tensorflow==1.15.5", "3.7"), Tree("apache-airflow==2.2.5", "3.9"))


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
            environ=self.environ(cache),
            stdin=tree.requirement if self.reads_stdin else "",
            timeout=PATIENCE,
        )


def tools() -> tuple[Tool, ...]:
    """porter, then those it is compared with."""
    return (
        Tool("porter plan", _porter, lambda cache: {"PORTER_CACHE_DIR": str(cache)}),
        Tool("uv pip compile", _uv, lambda cache: {"UV_CACHE_DIR": str(cache)}, reads_stdin=True),
        Tool("pip install --dry-run, wheels only", _pip_wheels, _pip_cache),
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
    return {"PIP_CACHE_DIR": str(cache), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def _pip(tree: Tree, _cache: Path) -> Sequence[str]:
    """pip in an interpreter of the tree's own version: it builds the metadata of sdists."""
    python = find(Interpreter.parse(tree.python), os.environ)
    if python is None:
        raise Failed(f"no Python {tree.python} here")
    words = ["install", "-q", "--dry-run", "--ignore-installed"]
    return [str(python), "-m", "pip", *words, tree.requirement]


def _pip_wheels(tree: Tree, _cache: Path) -> Sequence[str]:
    words = ["install", "-q", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
    words += ["--implementation", "cp", "--python-version", tree.python]
    words += [word for name in PLATFORMS for word in ("--platform", name)]
    return [sys.executable, "-m", "pip", *words, tree.requirement]


def compare(tree: Tree, scratch: Path) -> list[tuple[str, str, str, str, str]]:
    """A row for each tool: name, and cold and warm with their ratio to porter's."""
    caches = (scratch / str(number) for number in count())
    rows: list[tuple[str, str, str, str, str]] = []
    ours: list[Measured] = []
    for tool in tools():
        try:
            pairs = [_pair(tool, tree, next(caches)) for _ in range(ROUNDS)]
        except Failed as failure:
            rows.append((f"{tool.name}", str(failure).replace("|", "/"), "", "", ""))
            continue
        found = [middle(runs) for runs in zip(*pairs, strict=True)]
        ours = ours or found
        cells = [
            (f"{f.seconds:.2f} s", f"{f.seconds / o.seconds:.1f}")
            for f, o in zip(found, ours, strict=True)
        ]
        rows.append((tool.name, *cells[0], *cells[1]))
    return rows


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
