"""One package by every strategy, beside the same sdist built natively for this machine.

``python benchmarks/strategies.py [REQUIREMENT] [STRATEGY…]``: default regex==2020.11.13, which is
one C extension of some size, and all strategies. The time is that of the steps fetch to repair; the
baseline is porter's own ``native`` for this machine's architecture, in the same kind of root with
its gcc, so that only the strategy differs.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from lib.report import table, write_section

PYTHON = "3.9"
ROUNDS = 3
FOREIGN = ("cross", "accelerated", "emulated")


def seconds(workspace: Path, requirement: str, strategy: str, arch: str) -> float:
    """Build once more by a strategy, unverified; the port's seconds."""
    name = requirement.partition("=")[0]
    command = [
        *(sys.executable, "-m", "porter", "build", requirement, "--python", PYTHON),
        *("--arch", arch, "--strategy", strategy, "--from-source", name, "--rebuild", name),
        *("--verify", "none", "--quiet", "--format", "json", "--workspace", str(workspace)),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    (port,) = json.loads(done.stdout)["ports"]
    return float(port["seconds"])


def main() -> None:
    """Measure in turn, so that what else the machine does falls on all."""
    requirement, *asked = sys.argv[1:] or ["regex==2020.11.13"]
    runs = [("native", platform.machine()), *((s, "aarch64") for s in asked or FOREIGN)]
    found: dict[tuple[str, str], list[float]] = {run: [] for run in runs}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(ROUNDS + 1):
            for run in runs:
                taken = seconds(Path(folder), requirement, *run)
                if round_ > 0:  # the first one makes images and compilers
                    found[run].append(taken)
    medians = {run: median(taken) for run, taken in found.items()}
    base = medians[runs[0]]
    rows = [
        (f"{strategy}, {arch}", f"{taken:.1f} s", f"{taken / base:.2f}")
        for (strategy, arch), taken in medians.items()
    ]
    made = table(["strategy", "median", "ratio to native"], rows)
    note = f"{requirement}, Python {PYTHON}, fetch to repair, medians of {ROUNDS}."
    write_section(f"strategies {requirement}", f"{note}\n\n{made}")
    print(made)


if __name__ == "__main__":
    main()
