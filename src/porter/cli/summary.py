"""What came of a run, for a person: the wheels, then every failure with what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from porter.cli import look
from porter.cli.plain import plain
from porter.cli.render import counted, relative
from porter.model import Comparison, Ending, Outcome, State
from porter.phrases import duration, first_of, number_of, size

if TYPE_CHECKING:
    from porter.app import Run

_INDENT = " " * 4
_CONTEXT_LINES = 12
_NAMES_SHOWN = 10
_LIBRARIES_SHOWN = 4


def summary(run: Run, workspace: Path, *, seconds: float) -> str:
    """Wheels first, failures last: nearest to where the person's eye is when the run ends.

    What is blocked stands below its root cause.
    """
    if not run.outcomes:
        return _nothing_done(run)
    blocks = [*_wheels(run.outcomes), *_failures(run.outcomes), *_never_begun(run.outcomes)]
    counts = Counter(outcome.ending for outcome in run.outcomes)
    shown = relative(run.planned.path, workspace)
    last = f"{counted(counts)} in {duration(seconds)}; plan: {shown}"
    if run.report:
        last += f"; report: {relative(run.report, workspace)}"
    return "\n\n".join([*blocks, last])


def _nothing_done(run: Run) -> str:
    ports = [node for node in run.planned.plan.nodes if node.state is State.PORT]
    lines = (f"{look.word(State.PORT, 9)}  {port.id}" for port in ports)
    return "\n".join([f"{len(ports)} to build", *lines])


def _wheels(outcomes: Sequence[Outcome]) -> Iterator[str]:
    good = [outcome for outcome in outcomes if outcome.ending.has_wheel]
    built = {o.sha256: o.id for o in reversed(good) if o.ending is Ending.BUILT}
    if good:
        lines = (line for o in good for line in (_wheel(o, built), *_made(o), *_warnings(o)))
        yield "\n".join(lines)


def _failures(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.ending in {Ending.FAILED, Ending.NO_SOURCE}:
            yield "\n".join(_failure(outcome, outcomes))


def _wheel(outcome: Outcome, built: Mapping[str | None, str]) -> str:
    took = duration(outcome.seconds) if outcome.ending is not Ending.CACHED else None
    facts = (outcome.strategy, outcome.engine, took, _lender(outcome, built), _proof(outcome))
    how = ", ".join(filter(None, facts))
    return f"{_begun(outcome)}  wheelhouse/{outcome.wheel}  ({how})"


def _lender(outcome: Outcome, built: Mapping[str | None, str]) -> str | None:
    """What the same wheel was built for in this run (`built`: a port by its wheel's hash)."""
    if outcome.ending is not Ending.CACHED or outcome.sha256 not in built:
        return None
    return f"as built for {built[outcome.sha256]}"


def _made(outcome: Outcome) -> Iterator[str]:
    """What was put into a wheel beside what its build made, and what it was compared with."""
    if outcome.grafted:
        shown = first_of(outcome.grafted, _LIBRARIES_SHOWN)
        sizes = " -> ".join(map(size, outcome.sizes))
        yield plain(f"{_INDENT}grafted {shown}: {sizes}")
    if outcome.parity:
        yield plain(f"{_INDENT}parity: {outcome.parity}")
    for distribution, said in outcome.verified_on.items():
        yield plain(f"{_INDENT}{distribution}: {'verified' if said == 'import' else said}")


def _begun(outcome: Outcome) -> str:
    return f"{look.word(outcome.ending, 9)}  {outcome.id}"


def _proof(outcome: Outcome) -> str:
    same = ", the same again" if outcome.reproducible is Comparison.SAME else ""
    return _verified(outcome) + same


def _verified(outcome: Outcome) -> str:
    if outcome.tests:
        modules, tests = number_of(outcome.modules, "module"), number_of(outcome.tests, "test")
        return f"verified: {modules}, {tests}"
    if outcome.modules:
        return f"verified: {number_of(outcome.modules, 'module')}"
    return f"verified: {outcome.verified}"


def _failure(outcome: Outcome, outcomes: Sequence[Outcome]) -> Iterator[str]:
    where = f" in {outcome.phase}" if outcome.phase else ""
    after = f" after {duration(outcome.seconds)}" if outcome.phase else ""
    took = "" if outcome.remembered else after
    yield f"{_begun(outcome)}{where}{took}: {plain(str(outcome.reason))}"
    for line in plain(outcome.context).splitlines()[-_CONTEXT_LINES:]:
        yield f"{_INDENT}{click.style('|', dim=True)} {line}"
    if outcome.remembered:
        when = outcome.remembered.astimezone().strftime("%Y-%m-%d %H:%M")
        yield f"{_INDENT}remembered from {when}, not tried again (--retry-failed does)"
    if outcome.hint:
        yield f"{_INDENT}{click.style('hint', fg='cyan')}: {plain(outcome.hint)}"
    yield from _warnings(outcome)
    waiting = [other.id for other in outcomes if outcome.id in other.blocked_by]
    if waiting:
        yield f"{_INDENT}{look.mark(Ending.BLOCKED)} blocks {len(waiting)}: {_names(waiting)}"
    if outcome.log:
        name = outcome.id.partition("==")[0]
        yield f"{_INDENT}to look closer: porter log {name} ({outcome.log}), porter why {name}"


def _warnings(outcome: Outcome) -> Iterable[str]:
    return (
        f"{_INDENT}{click.style('warning', fg='yellow')}: {plain(warning)}"
        for warning in outcome.warnings
    )


def _never_begun(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """What no failure is named for: the run stopped before it."""
    left = [o for o in outcomes if o.ending is Ending.BLOCKED and not o.blocked_by]
    for reason in sorted({str(outcome.reason) for outcome in left}):
        names = [outcome.id for outcome in left if str(outcome.reason) == reason]
        yield f"{look.word(Ending.BLOCKED, 9)}  {_names(names)}: {plain(reason)}"


def _names(ids: Sequence[str]) -> str:
    rest = " (porter status lists them)" if len(ids) > _NAMES_SHOWN else ""
    return first_of(ids, _NAMES_SHOWN) + rest
