"""Results as text and as the JSON of docs/reference/formats.md. Pure: values in, text out."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from porter.cli import look
from porter.errors import UsageError
from porter.marks import MARKS
from porter.model import EdgeKind, Ending, Node, Outcome, Plan, Side, State
from porter.phrases import number_of

if TYPE_CHECKING:
    from porter.app import Execution, Fitness, Run, Selection
    from porter.doctor import Finding
    from porter.images import ImageInfo


def silent(_anything: object) -> None:
    """A notice or an event nobody wants to hear."""


def relative(path: Path, folder: Path) -> str:
    """A path as a person in `folder` would write it."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


# --- values of the command line, as app wants them ----------------------------------------------


def selection(values: Mapping[str, Any]) -> Selection:
    """The selection options of one call."""
    from porter.app import Selection

    if values["offline"] and values["refresh"]:
        raise UsageError("--offline and --refresh exclude each other")

    return Selection(
        requirements=tuple(values["requirements"]),
        requirement_files=tuple(map(Path, values["requirement_files"])),
        constraint_files=tuple(map(Path, values["constraint_files"])),
        pythons=tuple(values["pythons"]),
        arch=values["arch"],
        policy=values["policy"],
        exclude_newer=_time(values["exclude_newer"]),
        from_source=tuple(values["from_source"]),
        prefer=values["prefer"],
        index_url=values["index_url"],
        extra_index_urls=tuple(values["extra_index_url"]),
        find_links=tuple(values["find_links"]),
        offline=values["offline"],
        refresh=values["refresh"],
    )


def execution(values: Mapping[str, Any]) -> Execution:
    """The execution options of one call."""
    from porter.app import Execution

    return Execution(
        engine=values["engine"],
        strategy=values["strategy"],
        jobs=values["jobs"],
        fail_fast=values["fail_fast"],
        rebuild=tuple(values["rebuild"]),
        check_reproducible=values["check_reproducible"],
        verify=values["verify"],
        verify_on=_split(values["verify_on"]),
        timeout=values["timeout"],
        max_silent_time=values["max_silent_time"],
        retry_failed=values["retry_failed"],
        allow_less_isolation=values["allow_less_isolation"],
        dry_run=values["dry_run"],
    )


def _split(texts: Sequence[str]) -> tuple[str, ...]:
    """The values of a repeatable option that also takes several with commas between them."""
    words = (word.strip() for text in texts for word in text.split(","))
    return tuple(dict.fromkeys(filter(None, words)))


def fitness(values: Mapping[str, Any]) -> Fitness:
    """The platform options of one call."""
    from porter.app import Fitness

    return Fitness(tuple(values["pythons"]), values["arch"], values["policy"])


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--exclude-newer {text!r} is not a date",
            hint="Write YYYY-MM-DD, or a time as ISO 8601 has it.",
        ) from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def as_json(data: Any) -> str:
    """One JSON document for standard output."""
    return json.dumps(data, indent=1, ensure_ascii=not look.has_symbols())


def as_line(data: Any) -> str:
    """Data on one line, as JSON has it."""
    return json.dumps(data, ensure_ascii=False)


# --- a plan -------------------------------------------------------------------------------------


def plan(made: Plan, *, shown: str) -> str:
    """A plan for a person: what has to be ported and why, then what is there already."""
    target = made.target
    tools: dict[str, list[str]] = defaultdict(list)
    for edge in made.edges:
        if edge.kind is EdgeKind.BUILD:
            tools[edge.start].append(edge.end)
    here = _entries(made, tools)
    helpers = [node for node in made.nodes if node.side is Side.BUILD]
    counts = Counter(entry.node.state for entry in here)
    pythons = ", ".join(interpreter.tag for interpreter in target.interpreters)
    required = number_of(len(helpers), "build requirement")
    lines = [
        f"{', '.join(target.requirements)} for {target.platform}, {pythons}",
        f"{number_of(len(here), 'package')}: {counted(counts)}; {required}",
        *(f"note: {note}" for note in target.notes),
        "",
    ]
    ordered = sorted(here, key=lambda entry: (entry.node.state is State.AVAILABLE, entry.label))
    width = max((len(entry.label) for entry in ordered), default=0)
    for entry in ordered:
        state = look.word(entry.node.state, 9)
        lines.append(f"{state}  {entry.label:<{width}}  {entry.node.reason}")
        lines += (f"{'':11}  {'':{width}}  {detail}" for detail in entry.details)
    lines += ["", f"written to {shown}"]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A package in the text of a plan: one node, or what several interpreters have alike."""

    label: str
    """``six==1.17.0@cp39``; ``six==1.17.0@cp39,cp311``."""
    node: Node
    """The first of them."""
    details: tuple[str, ...]


def _entries(made: Plan, tools: Mapping[str, Sequence[str]]) -> list[_Entry]:
    from porter.graph import alike

    entries = []
    for group in alike(node for node in made.nodes if node.side is Side.TARGET):
        told: dict[tuple[str, tuple[str, ...]], list[Node]] = defaultdict(list)
        for node in group:
            details = _details(node, sorted(tools.get(node.id, ())))
            told[node.reason, details].append(node)
        for (_, details), nodes in told.items():
            others = "".join(f",{node.interpreter.tag}" for node in nodes[1:])
            entries.append(_Entry(f"{nodes[0].id}{others}", nodes[0], details))
    return entries


def _details(node: Node, needs: Sequence[str]) -> tuple[str, ...]:
    built_with = ", ".join(end.partition("@")[0] for end in needs)
    warning = click.style("warning", fg="yellow")
    return (
        *((f"built with {built_with}",) if needs else ()),
        *(f"ran its {hook} in a sandbox" for hook in node.executed),
        *(f"{warning}: {text}" for text in node.warnings),
    )


def counted(counts: Mapping[Any, int]) -> str:
    """How many there are of each state, with their marks, always in the same order."""
    present = [state for state in MARKS if counts.get(state)]
    return ", ".join(f"{look.mark(state)} {counts[state]} {state}" for state in present) or "none"


# --- a run --------------------------------------------------------------------------------------


def result(run: Run, workspace: Path) -> dict[str, Any]:
    """A run as JSON data; docs/reference/formats.md tells the fields."""
    nodes = [node for node in run.planned.plan.nodes if node.side is Side.TARGET]
    endings = Counter(outcome.ending for outcome in run.outcomes)
    counts = {ending.value: endings[ending] for ending in Ending}
    counts["available"] = sum(node.state is State.AVAILABLE for node in nodes)
    return {
        "schema": 1,
        "graph": relative(run.planned.path, workspace),
        "counts": counts,
        "ports": [_port(outcome) for outcome in run.outcomes],
    }


def _port(outcome: Outcome) -> dict[str, Any]:
    return {
        "id": outcome.id,
        "outcome": outcome.ending,
        "phase": outcome.phase,
        "reason": outcome.reason,
        "rule": outcome.rule,
        "context": outcome.context,
        "hint": outcome.hint,
        "remembered": outcome.remembered.isoformat() if outcome.remembered else None,
        "blocked_by": list(outcome.blocked_by),
        "strategy": outcome.strategy,
        "engine": outcome.engine,
        "attempts": outcome.attempts,
        "seconds": round(outcome.seconds, 1),
        "key": outcome.key,
        "wheel": f"wheelhouse/{outcome.wheel}" if outcome.wheel else None,
        "sha256": outcome.sha256,
        "grafted": list(outcome.grafted),
        "sizes": list(outcome.sizes),
        "parity": outcome.parity,
        "verified": outcome.verified,
        "modules": outcome.modules,
        "tests": outcome.tests,
        "verified_on": dict(outcome.verified_on),
        "warnings": list(outcome.warnings),
        "log": outcome.log,
        "reproducible": outcome.reproducible,
    }


# --- the machine -----------------------------------------------------------------------------


def image_data(image: ImageInfo) -> dict[str, Any]:
    """An image as JSON data."""
    return {
        "name": image.name,
        "arch": image.arch.name,
        "pythons": [interpreter.tag for interpreter in image.interpreters],
        "origin": image.origin,
        "suite": image.suite,
        "digest": image.digest,
        "packages": list(image.packages),
        "created": image.created,
        "size": image.size,
    }


def findings(found: Sequence[Finding]) -> str:
    """What the doctor found, a line each, and what mends it below."""
    colors = {"ok": "green", "warning": "yellow", "missing": "red"}
    lines = []
    for finding in found:
        status = click.style(f"{finding.status:<8}", fg=colors[finding.status])
        lines.append(f"{status} {finding.name}: {finding.seen}")
        if finding.mend:
            lines.append(f"{'':8} -> {finding.mend}")
    return "\n".join(lines)
