"""Modules that cannot be imported first: which are tried again, and after which others. Pure.

Where two modules import each other, one of them can often be imported first and the other cannot:
a program that uses the package comes in by the right one. So what failed is tried once more, in a
new process in which nothing has failed yet, after all that could be imported and after those
modules of the wheel by way of which it failed. What is broken fails there as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from porter.verify.modules import Modules
from porter.verify.results import Imports
from porter.verify.verdict import weighed


@dataclass(frozen=True, slots=True)
class Again:
    """One more run of imports; all dotted names, in the order to import them."""

    before: tuple[str, ...]
    """Those in whose company the others are tried."""
    modules: tuple[str, ...]
    """Those that failed."""


def again(modules: Modules, runs: Sequence[Imports]) -> Again | None:
    """What to try once more; None where nothing failed, or there is nothing to try it with.

    A wheel of which a module took its process down has failed: nothing of it is tried again.
    """
    if any(run.crashed_in for run in runs):
        return None
    failed = {failure.module: failure for failure in weighed(modules, runs)[0]}
    ways = (name for failure in failed.values() for name in failure.through)
    own = (name for name in ways if name.partition(".")[0] in modules.top_level)
    imported = (name for run in runs for name in run.imported)
    before = tuple(dict.fromkeys(name for name in (*imported, *own) if name not in failed))
    return Again(before, tuple(failed)) if failed and before else None


def joined(runs: Sequence[Imports], more: Imports) -> tuple[tuple[Imports, ...], tuple[str, ...]]:
    """The runs as they stand after one more, and what was imported by that one only.

    What failed there as well is told by its first failure.
    """
    failed = {failure.module for run in runs for failure in run.failures}
    helped = tuple(name for name in more.imported if name in failed)
    kept = tuple(
        replace(run, failures=tuple(f for f in run.failures if f.module not in helped))
        for run in runs
    )
    return (*kept, Imports(imported=helped, finished=True)), helped
