"""Packages' own tests, on the wheel of strategy cross and on the one the target's gcc makes.

``python benchmarks/numerics.py [--cross DIR] [--emulated DIR] [NAME…]``: all of `PACKAGES`, or
those named. Both wheels are built and tried by ``porter build --verify tests`` in workspaces of
their own, which are kept: what is finished there is only read again. The table goes into
docs/explanation/numerics.md. 1 where a test ends differently and the page does not explain it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from lib.report import DOCS, machine, table, write_plain
from porter.engine import read_bounded
from porter.run import results_of
from porter.verify.results import JUnit, read_tests

PAGE = DOCS / "numerics.md"
WORKSPACE = Path(__file__).parents[1] / ".numerics"
SECTION = "numerics"
SECONDS = 6 * 3600
"""A suite under QEMU, on a busy machine."""
HEAD = ("package", "tests", "passed by both", "failed by both", "skipped by both", "differing")
NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Package:
    """What is built twice; its recipe says what its tests are."""

    requirement: str
    python: str
    policy: str
    """What gcc's wheel asks for in the root of that Python."""
    tests: str = ""
    """In the place of the recipe's ``tests.modules`` and ``tests.requires``, for a longer suite."""

    @property
    def name(self) -> str:
        """The project."""
        return self.requirement.partition("=")[0]

    def command(self, strategy: str, workspace: Path) -> list[str]:
        """What a person would type."""
        words = [sys.executable, "-m", "porter", "build", self.requirement, "--python", self.python]
        words += ["--from-source", self.name, "--strategy", strategy, "--verify", "tests"]
        if strategy == "emulated":
            words += ["--policy", self.policy]
        words += ["--timeout", str(SECONDS), "--workspace", str(workspace)]
        return [*words, "--format", "json"]


# All but numpy.distutils and numpy.f2py, which need compilers; numpy.tests imports the former,
# which extends setuptools.
_NUMPY = """\
tests.command = [
    "python", "-m", "pytest", "-q", "-m", "not slow", "--pyargs",
    "numpy.core", "numpy.fft", "numpy.lib", "numpy.linalg", "numpy.ma", "numpy.matrixlib",
    "numpy.polynomial", "numpy.random", "numpy.testing", "numpy.tests",
]
tests.requires = ["pytest<7", "setuptools<49.2"]
"""
PACKAGES = (
    Package("numpy==1.18.5", "3.9", "manylinux_2_31", _NUMPY),
    Package("kiwisolver==1.3.1", "3.9", "manylinux_2_31"),
    Package("contourpy==1.2.0", "3.11", "manylinux_2_36"),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A test that does not end the same with both wheels."""

    test: str
    cross: str
    emulated: str

    @property
    def short(self) -> str:
        """Its name without the module: ``TestClass::test[x]``."""
        place, _, name = self.test.partition("::")
        last = place.rpartition(".")[2]
        return f"{last}::{name}" if last[:1].isupper() else name


@dataclass(frozen=True, slots=True)
class Compared:
    """The results of two runs of the same tests, held against each other."""

    tests: int
    same: Mapping[str, tuple[str, ...]]
    """By how they end with both wheels: the tests."""
    differing: tuple[Difference, ...]

    def row(self, title: str) -> list[str]:
        """Its line in the table."""
        both = (len(self.same.get(ending, ())) for ending in ("passed", "failed", "skipped"))
        return [title, *map(str, (self.tests, *both, len(self.differing)))]


def endings(results: JUnit) -> dict[str, str]:
    """How each test ended; one that is told of twice by the worse of its results."""
    return (
        dict.fromkeys(results.skipped, "skipped")
        | dict.fromkeys(results.passed, "passed")
        | dict.fromkeys(results.failed, "failed")
    )


def compare(cross: Mapping[str, str], emulated: Mapping[str, str]) -> Compared:
    """Test by test, in the order of their names."""
    same: dict[str, list[str]] = {}
    differing = []
    for test in sorted({*cross, *emulated}):
        here, there = cross.get(test, NOT_RUN), emulated.get(test, NOT_RUN)
        if here == there:
            same.setdefault(here, []).append(test)
        else:
            differing.append(Difference(test, here, there))
    frozen = {ending: tuple(tests) for ending, tests in same.items()}
    return Compared(len({*cross, *emulated}), frozen, tuple(differing))


def tested(package: Package, strategy: str, workspace: Path) -> dict[str, str]:
    """Build by a strategy, unless that is done, and how each test ended with the wheel.

    Raises `SystemExit` where the tests were not run to their end.
    """
    recipes = workspace / "recipes"
    recipes.mkdir(parents=True, exist_ok=True)
    if package.tests:
        file = f"{package.name}.toml"
        shipped = files("porter.recipes.shipped").joinpath(file).read_text("utf-8")
        (recipes / file).write_text(with_tests(shipped, package.tests), "utf-8")
    done = subprocess.run(package.command(strategy, workspace), stdout=subprocess.PIPE, check=False)
    ports: list[dict[str, Any]] = json.loads(done.stdout)["ports"] if done.stdout else []
    port = next((p for p in ports if p["id"].startswith(f"{package.name}==")), None)
    if port is None or port["log"] is None:
        raise SystemExit(f"{package.requirement}: {strategy} came to nothing")
    # Failures of tests end a build; here they are results as any other.
    results = read_tests(read_bounded(results_of(workspace / port["log"])) or b"")
    if results is None:
        raise SystemExit(f"{package.requirement}, {strategy}: {port['reason']}")
    return endings(results)


def with_tests(recipe: str, tests: str) -> str:
    """A recipe's text, with other tests in its first release."""
    own = r"^tests\.modules = .*\ntests\.requires = .*\n"
    return re.sub(own, lambda _: tests, recipe, count=1, flags=re.MULTILINE)


def unexplained(differing: Sequence[Difference], page: str) -> Iterator[Difference]:
    """Those a page does not name outside of the section that is made."""
    begin, end = (f"<!-- {SECTION}: {word} -->" for word in ("begin", "end"))
    written = page.partition(begin)[0] + page.partition(end)[2]
    yield from (found for found in differing if f"`{found.short}`" not in written)


def section(compared: Mapping[str, Compared]) -> str:
    """The table, then every test that fails or differs."""
    rows = [found.row(title) for title, found in compared.items()]
    lines = [table(HEAD, rows), ""]
    for title, found in compared.items():
        lines += [
            f"- {title}, `{one.test}`: {one.cross} (cross), {one.emulated} (emulated)"
            for one in found.differing
        ]
        lines += [f"- {title}, `{test}`: failed by both" for test in found.same.get("failed", ())]
    return "\n".join([*lines, "", machine()])


def main() -> int:
    """Try what was asked for, and write the section of the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    for strategy in ("cross", "emulated"):
        default = WORKSPACE / strategy
        parser.add_argument(f"--{strategy}", type=Path, default=default, metavar="DIR")
    asked = parser.parse_args()
    WORKSPACE.mkdir(exist_ok=True)
    file = WORKSPACE / "results.json"
    kept = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for package in PACKAGES:
        if not asked.names or package.name in asked.names:
            kept[package.requirement] = {
                strategy: tested(package, strategy, getattr(asked, strategy))
                for strategy in ("cross", "emulated")
            }
            file.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    compared = {
        package.requirement: compare(**kept[package.requirement])
        for package in PACKAGES
        if package.requirement in kept
    }
    write_plain(SECTION, section(compared), PAGE)
    differing = [one for found in compared.values() for one in found.differing]
    bad = list(unexplained(differing, PAGE.read_text("utf-8")))
    for one in bad:
        print(f"{one.test}: {one.cross} with cross, {one.emulated} with emulated; {PAGE} is silent")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
