"""Packages by every strategy, beside ``pip wheel`` of the same sdists for this machine.

``python benchmarks/strategies.py [--strategy NAME…] [--rounds N] [REQUIREMENT…]``: without
requirements, the C and C++ packages of cases.toml that need no system library and no minutes.
The baseline is what a person would type: pip with the interpreter and gcc of this machine, and the
build requirements porter's plan names, installed beforehand. All take turns, so that what else the
machine does falls on all.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import geometric_mean, median

from lib.report import table, write_section
from porter.config import cache_folder
from porter.engine.interpreters import host_root
from porter.model import Interpreter

PYTHON = "3.9"
STRATEGIES = ("cross", "accelerated", "emulated")
PACKAGES = (
    "markupsafe==1.1.1",
    "wrapt==1.12.1",
    "psutil==5.9.8",
    "msgpack==1.0.0",
    "ujson==4.0.2",
    "murmurhash==1.0.2",
    "regex==2020.11.13",
    "zstandard==0.14.1",
    "kiwisolver==1.3.1",
    "gensim==3.8.3",
    "thinc==7.4.5",
    "gevent==20.9.0",
    "numpy==1.18.5",
)
# As porter tells its progress: "  14.6s ▶ numpy==1.18.5@cp39: build (cross)".
_BEGUN = re.compile(r"^\s*([\d.]+)s ▶ ([^=\s]+)==\S+: (\w+)", re.MULTILINE)
_OF_THE_ROOT = "manylinux_2_31"
"""What gcc's wheels ask for in Debian 11's root, which stands for the image of manylinux2014."""
_LONG = 120
"""Seconds after which what a first build makes beside it (images, compilers) does not matter."""


@dataclass(frozen=True, slots=True)
class Built:
    """One build by porter, unverified."""

    compile: float
    """Seconds of the phase that runs the build backend."""
    whole: float
    """From fetching the sdist to publishing the wheel."""


def porter(requirement: str, *words: str, workspace: Path) -> subprocess.CompletedProcess[str]:
    """A command of porter's about one package that is built from source."""
    name = requirement.partition("=")[0]
    command = [sys.executable, "-m", "porter", words[0], requirement, "--python", PYTHON]
    command += ["--from-source", name, "--format", "json", "--workspace", str(workspace)]
    return subprocess.run(
        [*command, *words[1:]], capture_output=True, text=True, encoding="utf-8", check=True
    )


def built(requirement: str, strategy: str, workspace: Path) -> Built:
    """Build once more by a strategy."""
    name = requirement.partition("=")[0]
    words = ["--strategy", strategy, "--rebuild", name, "--verify", "none", "--timeout", "3600"]
    if strategy == "emulated":
        words += ["--policy", _OF_THE_ROOT]
    done = porter(requirement, "build", *words, workspace=workspace)
    (port,) = (p for p in json.loads(done.stdout)["ports"] if p["id"].startswith(f"{name}=="))
    begun = {
        phase: float(seconds)
        for seconds, package, phase in _BEGUN.findall(done.stderr)
        if package == name
    }
    return Built(begun["repair"] - begun["build"], float(port["seconds"]))


class Pip:
    """``pip wheel`` of one sdist, with everything it needs at hand."""

    def __init__(self, requirement: str, workspace: Path) -> None:
        name = requirement.partition("=")[0]
        self._folder = workspace / f"pip-{name}"
        planned = porter(
            requirement, "plan", "--arch", platform.machine(), workspace=workspace / "native"
        )
        plan = json.loads(planned.stdout)
        nodes = {node["id"]: node for node in plan["nodes"]}
        (port,) = (n for n in plan["nodes"] if n["name"] == name and n["platform"] == "target")
        source = port["source"]
        digest = source["sha256"]
        place = cache_folder(os.environ) / "files" / "sha256" / digest[:2] / digest[2:]
        self._sdist = place / source["filename"]
        ends = [e["to"] for e in plan["edges"] if e["from"] == port["id"] and e["kind"] == "build"]
        pins = [f"{nodes[end]['name']}=={nodes[end]['version']}" for end in ends]
        self._python = self._environment(pins)

    def _environment(self, pins: Sequence[str]) -> Path:
        base = host_root(Interpreter.parse(PYTHON)).python
        subprocess.run([str(base), "-m", "venv", str(self._folder)], check=True)
        python = self._folder / "bin" / "python"
        install = ("-m", "pip", "install", "--quiet", "--no-deps", *pins)
        subprocess.run([str(python), *install], check=True, capture_output=True)
        return python

    def seconds(self) -> float:
        """Build the wheel once more."""
        words = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
        with tempfile.TemporaryDirectory() as out:
            command = [str(self._python), *words, "--no-cache-dir", "-w", out, str(self._sdist)]
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Measured:
    """Medians of one package."""

    requirement: str
    pip: float
    strategies: dict[str, Built]

    def row(self) -> list[str]:
        """Its line in the table."""
        cells = [self.requirement, f"{self.pip:.1f} s"]
        for found in self.strategies.values():
            cells += [f"{found.compile:.1f} s", f"{found.compile / self.pip:.2f}"]
            cells.append(f"+{found.whole - found.compile:.1f} s")
        return cells


def measure(
    requirement: str, strategies: Sequence[str], *, rounds: int, workspace: Path
) -> Measured:
    """Time one package: a first build makes what its strategy needs, and counts only if long."""
    found: dict[str, list[Built]] = {}
    for strategy in strategies:
        first = built(requirement, strategy, workspace)
        found[strategy] = [first] if first.whole > _LONG else []
        print(f"{requirement}: {strategy} is ready", file=sys.stderr, flush=True)
    short = [strategy for strategy in strategies if not found[strategy]]
    pip, plain = Pip(requirement, workspace), []
    for _ in range(rounds):
        plain.append(pip.seconds())
        for strategy in short:
            found[strategy].append(built(requirement, strategy, workspace))
    medians = {
        strategy: Built(median(b.compile for b in many), median(b.whole for b in many))
        for strategy, many in found.items()
    }
    return Measured(requirement, median(plain), medians)


def summary(measured: Sequence[Measured], strategies: Sequence[str], rounds: int) -> str:
    """The table, and the geometric means of its ratios."""
    head = ["package", "pip wheel, here"]
    for strategy in strategies:
        head += [strategy, "ratio", "and around it"]
    lines = [
        f"Python {PYTHON}, medians of {rounds}; the strategies for AArch64, pip for this machine."
    ]
    lines += ["", table(head, [one.row() for one in measured]), ""]
    for strategy in strategies:
        ratios = [one.strategies[strategy].compile / one.pip for one in measured]
        lines.append(
            f"{strategy}: {geometric_mean(ratios):.2f} of pip's time in the geometric mean, "
            f"{max(ratios):.2f} at most."
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write the section of the page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("requirements", nargs="*", default=PACKAGES, metavar="REQUIREMENT")
    parser.add_argument("--strategy", action="append", choices=STRATEGIES, dest="strategies")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    strategies = tuple(asked.strategies or STRATEGIES)
    with tempfile.TemporaryDirectory() as folder:
        measured = [
            measure(requirement, strategies, rounds=asked.rounds, workspace=Path(folder))
            for requirement in asked.requirements
        ]
    text = summary(measured, strategies, asked.rounds)
    write_section(f"strategies {' '.join(strategies)}", text)
    print(text)


if __name__ == "__main__":
    main()
