"""Outcomes as rows of the journal, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from porter.model import Ending, Node, Outcome, Strategy
from porter.run.journal import Attempt
from porter.run.key import Inputs


def attempt_of(
    outcome: Outcome, inputs: Inputs, *, engine: str, remarks: tuple[str, ...] = ()
) -> Attempt:
    """The row an attempt leaves in the journal; `remarks` as in `Attempt`."""
    return Attempt(
        port=outcome.id,
        key=inputs.key(),
        inputs=inputs.as_data(),
        strategy=inputs.strategy,
        engine=engine,
        outcome=outcome.ending.value,
        started=datetime.now(UTC) - timedelta(seconds=outcome.seconds),
        seconds=outcome.seconds,
        phase=outcome.phase.value if outcome.phase else None,
        reason=outcome.reason,
        wheel=outcome.wheel,
        sha256=outcome.sha256,
        verified=outcome.verified,
        modules=outcome.modules,
        tests=outcome.tests,
        grafted=outcome.grafted,
        warnings=outcome.warnings,
        remarks=remarks,
        log=outcome.log,
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
        grafted=attempt.grafted,
        warnings=attempt.warnings,
        log=attempt.log,
    )
