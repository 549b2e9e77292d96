"""Draws the pictures in graphs/ from the plans there (``doit graphs``).

With porter's own layout and in a workspace where nothing was built, so that they are the same on
every machine.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from porter import app
from porter.report import View, layered

GRAPHS = Path(__file__).parents[1] / "graphs"
PLANS = ("tensorflow-1.5.15",)
ENDINGS = (".svg", ".png", ".mmd")


def draw(folder: Path) -> None:
    """Write all of them into a folder."""
    with tempfile.TemporaryDirectory() as nothing:
        for name in PLANS:
            for ending in ENDINGS:
                output = folder / f"{name}{ending}"
                plan = GRAPHS / f"{name}.json"
                app.draw(plan, output, View("all"), workspace=Path(nothing), layout=layered)


if __name__ == "__main__":
    draw(GRAPHS)
