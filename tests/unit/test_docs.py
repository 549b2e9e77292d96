"""Docs that are made from the code are current."""

from __future__ import annotations

import runpy
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def test_the_command_reference_is_what_the_code_says() -> None:
    made = runpy.run_path(str(DOCS / "make.py"))["page"]()
    assert (DOCS / "reference" / "cli.md").read_text() == made, "run: doit docs"
