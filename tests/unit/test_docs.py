"""Docs that are made from the code are current."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["cli.md", "failures.md"])
def test_a_reference_is_what_the_code_says(name: str) -> None:
    # In a process of its own: click keeps the help option of a command that was called before.
    code = (
        "import runpy, sys; sys.stdout.write(runpy.run_path(sys.argv[1])['PAGES'][sys.argv[2]]())"
    )
    made = subprocess.run(
        [sys.executable, "-c", code, str(DOCS / "make.py"), name],
        env={**os.environ, "PYTHONPATH": str(DOCS.parent / "src"), "PYTHONIOENCODING": "utf-8"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    assert (DOCS / "reference" / name).read_text() == made, "run: doit docs"
