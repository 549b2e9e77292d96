"""A port under way: which rung of the ladder it is on, and what its steps have made so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from porter.build import Prepared
from porter.diagnose import COMPILERS_OWN, NO_ROOT, NO_TOOL, rule_named
from porter.errors import StepFailed
from porter.model import Ending, Node, Phase, Side, Strategy
from porter.run.attempt import Attempt
from porter.run.key import Inputs
from porter.run.kits import Kit
from porter.run.log import Log
from porter.run.record import Entry
from porter.run.shared import Shared
from porter.run.stopwatch import Stopwatch
from porter.run.watch import Watched
from porter.verify import Verified

T = TypeVar("T")
OF_ONE_COMPILER = frozenset({Strategy.CROSS, Strategy.ACCELERATED})
"""Strategies whose compiler is porter's own; the others' is the root's."""


@dataclass(slots=True)
class Port:
    """What the steps of one port hand on to each other."""

    node: Node
    rungs: list[Strategy]
    """The present rung, then those that are left."""
    left_out: tuple[str, ...] = ()
    """Which strategies cannot work on this machine, and why."""
    refused: str = ""
    """Why its only rung cannot work on this machine, where that is so."""
    phase: Phase = Phase.FETCH
    done: set[Phase] = field(default_factory=set)
    """The phases the present rung has been through."""
    failures: list[str] = field(default_factory=list)
    """What became of earlier rungs."""
    last_failure: tuple[Phase, str] | None = None
    """Where and why the rung before this one failed."""
    watch: Stopwatch = field(default_factory=Stopwatch)
    attempts: int = 0
    kills: int = 0
    """How often the present rung was killed from outside, and tried again."""
    log: Log | None = None
    entry: Entry | None = None
    """Its row in the journal."""
    recalled: Attempt | None = None
    """The attempt of an earlier run whose failure is that of the present rung."""
    engine: Watched | None = None
    """Runs the commands of the present attempt."""
    kit: Kit | None = None
    inputs: Inputs | None = None
    sdist: Path | None = None
    wheels: tuple[Path, ...] = ()
    """Its build environment."""
    overlays: tuple[Path, ...] = ()
    """The target's wheels of those that differ there."""
    prepared: Prepared | None = None
    raw: Path | None = None
    kept: Path | None = None
    """The repaired wheel; from its step, or of an earlier run."""
    reused: Attempt | None = None
    """The attempt of an earlier run that made `kept`, or proved it last."""
    grafted: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    """Bytes as built and as repaired."""
    remarks: tuple[str, ...] = ()
    """Warnings of the steps that made `kept`."""
    lender: str | None = None
    """The port of another interpreter that `kept` was built for."""
    alone: bool = False
    """Whether it takes no other port's wheel."""
    ending: Ending = Ending.BUILT
    verified: Verified | None = None

    @property
    def rung(self) -> Strategy:
        """The strategy that is being tried."""
        return self.rungs[0]

    @property
    def runs(self) -> Side:
        """Where the Python runs that builds it."""
        return Side.BUILD if self.rung is Strategy.CROSS else self.node.side

    @property
    def seconds(self) -> float:
        """Of work so far; the time between its steps does not count."""
        return self.watch.seconds

    def climb(self, failure: StepFailed) -> Strategy | None:
        """Leave a rung that failed; the one to try next, or None where none can help.

        A wheel of another port that fails here is left for one of its own, on the same rung.
        """
        if self.lender:
            self.failures.append(f"the wheel of {self.lender} does not serve: {failure.reason}")
            self.alone = True
            return self._afresh()
        # What cannot be fetched on one rung cannot be fetched on another that wants the same.
        lost = self.phase is Phase.FETCH and failure.rule not in {NO_ROOT, NO_TOOL}
        if failure.final or self._proved(failure) or lost:
            return None
        left = self.rungs[1:]
        if failure.rule in COMPILERS_OWN:
            left = [rung for rung in left if rung not in OF_ONE_COMPILER]
        if not left:
            return None
        self.failures.append(f"{self.rung} failed in {self.phase}: {failure.reason}")
        self.last_failure = (self.phase, failure.reason)
        self.rungs[:] = left
        return self._afresh()

    def _proved(self, failure: StepFailed) -> bool:
        """Whether a rung that failed as the one before it did leaves nothing to hope for."""
        if self.last_failure != (self.phase, failure.reason):
            return False
        kind = rule_named(failure.rule)
        # What no rule knows may come from the compiler as well, while that is at work.
        by_compiler = kind.by_compiler if kind else self.phase is Phase.BUILD
        return not (by_compiler and self.rung in OF_ONE_COMPILER)

    def take(self, shared: Shared) -> None:
        """Take another port's wheel: what is left is to verify it."""
        self.lender, self.kept, self.ending = shared.port, shared.wheel, Ending.CACHED
        self.grafted, self.sizes, self.remarks = shared.grafted, shared.sizes, shared.remarks
        self.done |= {Phase.PREPARE, Phase.BUILD, Phase.REPAIR}

    def _afresh(self) -> Strategy:
        """Begin anew, with nothing of what was tried before."""
        if self.log is not None:
            self.log.close()
        self.log, self.inputs, self.kit = None, None, None
        self.done.clear()
        self.kills = 0
        self.kept, self.ending, self.entry, self.recalled = None, Ending.BUILT, None, None
        self.lender, self.reused = None, None
        return self.rung


def there(value: T | None) -> T:
    """A value an earlier step has left; doit's order guarantees that it has."""
    if value is None:
        raise AssertionError("a step ran before the one it depends on")
    return value
