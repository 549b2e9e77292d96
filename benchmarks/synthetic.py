"""Planning on made-up indexes of growing size: time and memory against nodes in the answer."""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lib.measure import Measured, measured, middle
from lib.report import DOCS, table, write_section
from lib.server import served
from lib.svg import Line, plot
from lib.universe import Universe

SEED = 1
SIZES = (1_000, 10_000, 50_000)
ROUNDS = 3
PICTURE = DOCS / "benchmarks-synthetic.svg"


@dataclass(frozen=True, slots=True)
class Found:
    """What one size of index came to."""

    projects: int
    nodes: int
    cold: Measured
    warm: Measured


def measure(projects: int) -> Found:
    """Plan the first project of an index, several times with and without a cache."""
    with served(Universe(SEED, projects)) as index, tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        graph = folder / "plan.json"
        command = [sys.executable, "-m", "porter", "plan", "p0", "--python", "3.9", "-q"]
        command += ["--index-url", index, "-o", str(graph), "--workspace", scratch]
        caches = [{"PORTER_CACHE_DIR": str(folder / f"cache-{n}")} for n in range(ROUNDS)]
        cold = [measured(command, environ=cache) for cache in caches]
        warm = [measured(command, environ=cache) for cache in caches]
        nodes = len(json.loads(graph.read_bytes())["nodes"])
    return Found(projects, nodes, middle(cold), middle(warm))


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line through the points' logarithms (least squares): 1 is linear growth."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    over = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return over / sum((x - mean_x) ** 2 for x, _ in logs)


def main() -> None:
    """Measure, and write the table and the picture."""
    found = [measure(projects) for projects in SIZES]
    seconds = {
        "cold": [(f.nodes, f.cold.seconds) for f in found],
        "warm": [(f.nodes, f.warm.seconds) for f in found],
    }
    memory = [(f.nodes, f.warm.peak) for f in found]
    lines = [Line(f"{name} cache, s", points) for name, points in seconds.items()]
    PICTURE.write_text(
        plot(lines, x_label="nodes in the plan", title="Planning time, made-up indexes"),
        encoding="utf-8",
    )
    rows = [
        (
            f"{f.projects:,}",
            f"{f.nodes:,}",
            f"{f.cold.seconds:.2f} s",
            f"{f.warm.seconds:.2f} s",
            f"{f.warm.cpu:.2f} s",
            f"{1000 * f.warm.cpu / f.nodes:.1f} ms",
            f"{f.cold.peak:.0f} MiB",
            f"{f.warm.peak:.0f} MiB",
        )
        for f in found
    ]
    head = ["projects on the index", "nodes", "cold", "warm", "processor, warm", "per node"]
    head += ["peak, cold", "peak, warm"]
    made = table(head, rows)
    work = {
        "cold": [(f.nodes, f.cold.cpu) for f in found],
        "warm": [(f.nodes, f.warm.cpu) for f in found],
    }
    fitted = (
        f"Fitted growth with the nodes in the plan: processor time as "
        f"nodes^{exponent(work['cold']):.2f} cold and nodes^{exponent(work['warm']):.2f} warm "
        f"(between the two largest nodes^{exponent(work['cold'][-2:]):.2f} "
        f"and nodes^{exponent(work['warm'][-2:]):.2f}), "
        f"memory as nodes^{exponent(memory):.2f}; 1 is linear."
    )
    text = f"Medians of {ROUNDS} whole processes, seed {SEED}.\n\n{made}\n\n{fitted}"
    write_section("synthetic", f"{text}\n\n![Planning time against nodes]({PICTURE.name})")
    print(made, fitted, sep="\n\n")


if __name__ == "__main__":
    main()
