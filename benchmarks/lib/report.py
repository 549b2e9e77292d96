"""Writes what a benchmark found into its section of docs/explanation/benchmarks.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "explanation"
PAGE = DOCS / "benchmarks.md"
RELIABILITY = DOCS / "reliability.md"


def replace_section(page: str, name: str, body: str) -> str:
    """The page with everything between a section's two markers replaced.

    A page without the markers gets them at its end. Raises `ValueError` when one of the two is
    missing: then nobody knows what may be replaced.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    section = f"{begin}\n{body.strip()}\n{end}"
    if begin not in page and end not in page:
        return f"{page.rstrip()}\n\n{section}\n"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the section {name!r} has only one of its two markers")
    return f"{before}{section}{after}"


def write_section(name: str, body: str) -> None:
    """Replace a section of the page, and say under which circumstances it came about."""
    write_plain(name, f"{body.strip()}\n\n{machine()}", PAGE)


def write_plain(name: str, body: str, page: Path) -> None:
    """Replace a section of a page by what is the same on every machine and day."""
    text = replace_section(page.read_text(encoding="utf-8"), name, body)
    page.write_text(text, encoding="utf-8")


def machine() -> str:
    """One line about this machine and day."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{datetime.now(UTC):%Y-%m-%d}: {cores} cores, {_cpu()}, Linux {platform.release()}, "
        f"CPython {platform.python_version()}."
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, text: int = 1) -> str:
    """A Markdown table; the first `text` columns are words, the others numbers."""
    lines = [head, ["---" if place < text else "---:" for place in range(len(head))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
