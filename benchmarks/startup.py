"""How long ``porter --version`` takes, beside an interpreter that does nothing."""

from __future__ import annotations

import sys

from lib.measure import measured, middle
from lib.report import table, write_section

ROUNDS = 20
COMMANDS = {
    "`python -c pass`": (sys.executable, "-c", "pass"),
    "`porter --version`": (sys.executable, "-m", "porter", "--version"),
}


def main() -> None:
    """Measure in turn, so that what else the machine does falls on both."""
    for command in COMMANDS.values():  # compiles what is not compiled yet
        measured(command)
    rounds = [[measured(command) for command in COMMANDS.values()] for _ in range(ROUNDS)]
    medians = [middle(runs) for runs in zip(*rounds, strict=True)]
    rows = [
        (name, f"{found.seconds:.3f} s", f"{found.seconds / medians[0].seconds:.1f}")
        for name, found in zip(COMMANDS, medians, strict=True)
    ]
    made = table(["command", "median", "ratio"], rows)
    write_section("startup", f"Medians of {ROUNDS} whole processes.\n\n{made}")
    print(made)


if __name__ == "__main__":
    main()
