"""Attempts as rows of the journal, from their beginning to their end, and rows as outcomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from porter.engine import Engine
from porter.model import Ending, Node, Outcome, Phase, Platform, Strategy
from porter.run.attempt import NO_KEY, Attempt
from porter.run.journal import Journal
from porter.run.key import Inputs
from porter.run.meter import Meter


class Entry:
    """The row of an attempt that begins now; its port had worked for `before` seconds."""

    def __init__(
        self, journal: Journal, attempt: Attempt, engine: Engine, *, before: float = 0.0
    ) -> None:
        self._journal = journal
        self._attempt = attempt
        self._before = before
        self.number = journal.begin(attempt)
        self.engine = Meter(engine)
        """Runs the attempt's steps and notes what they take."""

    def enter(self, phase: Phase) -> None:
        """The attempt enters a phase."""
        self._journal.enter(self.number, phase)

    def leave(self) -> None:
        """The phase is over; the attempt waits for the next one, or has ended."""
        self._journal.leave(self.number)

    def end(
        self,
        outcome: Outcome,
        *,
        remarks: tuple[str, ...] = (),
        recall: Mapping[str, object] | None = None,
    ) -> None:
        """Complete the row; `remarks` and `recall` as in `Attempt`."""
        row = replace(
            self._attempt,
            outcome=outcome.ending.value,
            seconds=max(outcome.seconds - self._before, 0.0),
            cpu_seconds=self.engine.cpu_seconds,
            peak_memory=self.engine.peak_memory,
            phase=outcome.phase.value if outcome.phase else None,
            reason=outcome.reason,
            rule=outcome.rule,
            hint=outcome.hint,
            context=outcome.context,
            recall=recall,
            wheel=outcome.wheel,
            sha256=outcome.sha256,
            verified=outcome.verified,
            modules=outcome.modules,
            tests=outcome.tests,
            verified_on=outcome.verified_on,
            grafted=outcome.grafted,
            sizes=outcome.sizes,
            parity=outcome.parity,
            warnings=outcome.warnings,
            remarks=remarks,
        )
        self._journal.end(self.number, row)


def attempt_of(  # noqa: PLR0913 - keyword-only; a row
    node: Node,
    inputs: Inputs | None,
    *,
    platform: Platform,
    strategy: Strategy | None,
    engine: str,
    versions: Mapping[str, str],
    log: str | None,
) -> Attempt:
    """An attempt at a node that begins now."""
    return Attempt(
        port=node.id,
        platform=str(platform),
        key=inputs.key() if inputs else NO_KEY,
        inputs=inputs.as_data() if inputs else {},
        strategy=strategy,
        engine=engine,
        started=datetime.now(UTC),
        log=log,
        versions=versions,
    )


def outcome_of(attempt: Attempt, node: Node, ending: Ending, *, seconds: float) -> Outcome:
    """The outcome of a node whose work an earlier attempt has done (at whichever node that was)."""
    return Outcome(
        node.id,
        ending,
        strategy=Strategy(attempt.strategy) if attempt.strategy else None,
        engine=attempt.engine,
        seconds=seconds,
        key=attempt.key,
        wheel=attempt.wheel,
        sha256=attempt.sha256,
        verified=attempt.verified,
        modules=attempt.modules,
        tests=attempt.tests,
        verified_on=attempt.verified_on,
        grafted=attempt.grafted,
        sizes=attempt.sizes,
        parity=attempt.parity,
        warnings=attempt.warnings,
        log=attempt.log,
    )
