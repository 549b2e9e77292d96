"""How long pictures and the report page of large plans take, as whole processes, and their size."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from lib.measure import measured, middle
from lib.past import workspace
from lib.report import table, write_section

ROUNDS = 3
CASES = (
    ("picture, .svg", 500, "out.svg", ("--only", "all")),
    ("report page, .html", 500, "out.html", ()),
    ("report page, .html", 5_000, "out.html", ()),
)
"""What it is called, nodes of the plan, the file, further options."""


def main() -> None:
    """Measure, and write the table."""
    rows = []
    for name, nodes, filename, more in CASES:
        with tempfile.TemporaryDirectory() as folder:
            place = workspace(Path(folder), nodes, ported=0.7)
            output = place.root / filename
            command = [sys.executable, "-m", "porter", "graph", "-o", str(output), *more]
            # Without Graphviz, which is not everywhere: porter's own layout is what is measured.
            alone = {"PATH": ""}
            taken = middle(
                [
                    measured([*command, "--workspace", str(place.root)], environ=alone)
                    for _ in range(ROUNDS)
                ]
            )
            size = output.stat().st_size / 1e6
        times = (f"{taken.seconds:.2f} s", f"{taken.cpu:.2f} s")
        rows.append((name, f"{nodes:,}", *times, f"{size:.1f} MB"))
    made = table(["file", "nodes", "whole process", "processor time", "size"], rows)
    write_section("pictures", f"Medians of {ROUNDS} whole processes.\n\n{made}")
    print(made)


if __name__ == "__main__":
    main()
