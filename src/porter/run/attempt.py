"""One attempt at a port: what went in, where it ran, how it ended."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec

from porter.engine.owner import Owner, is_dead

RUNNING = "running"
INTERRUPTED = "interrupted"
"""What an attempt is whose process was gone before it could say how it ended."""
NO_KEY = ""
"""The key of an attempt that failed before it could begin: for no key anything follows from it."""


@cache
def _here() -> Owner:
    return Owner.current()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A row of the journal. One that is under way has `outcome` ``running``."""

    port: str
    """Node id."""
    platform: str
    """What the wheel is for: ``manylinux2014_aarch64``. With `port` it names a port of any plan."""
    key: str
    """``sha256:…`` over everything that can change the output; or `NO_KEY`."""
    inputs: Mapping[str, object]
    """What the key was made of, in the clear: answers "why was it rebuilt?"."""
    strategy: str | None
    engine: str
    outcome: str = RUNNING
    """``built`` or ``failed``; ``available`` for an index's wheel that was only verified,
    ``cached`` for a finished one that was verified further; ``running``; ``interrupted``."""
    started: datetime
    seconds: float = 0.0
    cpu_seconds: float | None = None
    """CPU time of its steps, where the engine can tell."""
    peak_memory: int | None = None
    """Bytes its hungriest step used, where the engine can tell."""
    phase: str | None = None
    """Where it failed, was interrupted, or is."""
    reason: str | None = None
    rule: str | None = None
    """The kind of failure, by its name in `porter.diagnose`."""
    hint: str | None = None
    context: str = ""
    """The lines of the log that matter."""
    recall: Mapping[str, object] | None = None
    """What a failure holds under, beside its key (`porter.run.failures`); None: it is not
    remembered."""
    wheel: str | None = None
    """File name."""
    sha256: str | None = None
    verified: str = "none"
    modules: int = 0
    tests: int = 0
    verified_on: Mapping[str, str] = field(default_factory=dict)
    """As in `porter.model.Outcome`."""
    grafted: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    """Bytes of the wheel as it was built, and as it was published."""
    parity: str | None = None
    """With which wheel of upstream's it was compared."""
    warnings: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """Those of the warnings that come from making the wheel: they stay true when it is verified
    again."""
    log: str | None = None
    """Path relative to the workspace."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Of porter, the engine and the toolchain: beside the key, for a person."""
    host: str = field(default_factory=socket.gethostname)
    owner: str = field(default_factory=lambda: str(_here()))
    """The process that makes it (`porter.engine.owner.Owner`)."""
    number: int = field(default=0, compare=False)
    """Its row; 0 before it is written."""


@dataclass(frozen=True, slots=True)
class Span:
    """When an attempt was in a phase."""

    attempt: int
    """`Attempt.number`."""
    phase: str
    started: datetime
    seconds: float | None
    """None while it lasts, and for the one that was interrupted."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run did: the attempts of one process."""

    owner: str
    started: datetime
    seconds: float
    """To the end of its last attempt, or until now."""
    ports: Mapping[str, int]
    """By the outcome of the run's last attempt at them."""


COLUMNS = tuple(entry.name for entry in fields(Attempt) if entry.name != "number")
_LISTS = ("grafted", "sizes", "warnings", "remarks")
_JSON = ("inputs", "verified_on", "versions", "recall", *_LISTS)


def as_row(attempt: Attempt) -> dict[str, Any]:
    """The values of an attempt as SQLite takes them, by column."""
    row = {name: getattr(attempt, name) for name in COLUMNS}
    for name in _JSON:
        row[name] = json.dumps(row[name], sort_keys=True)
    row["started"] = as_text(attempt.started)
    return row


def from_row(row: sqlite3.Row) -> Attempt:
    """An attempt of the journal; a running one whose process is gone was interrupted."""
    values = {name: row[name] for name in (*COLUMNS, "number")}
    for name in _JSON:
        values[name] = msgspec.json.decode(values[name])
    for name in _LISTS:
        values[name] = tuple(values[name])
    values["started"] = datetime.fromisoformat(values["started"])
    if values["outcome"] == RUNNING and is_orphan(values["owner"]):
        values["outcome"] = INTERRUPTED
    return Attempt(**values)


def as_text(time: datetime) -> str:
    """A time as the journal has it; these texts sort as the times do."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def is_orphan(owner: str) -> bool:
    """Whether the process of a running attempt is surely gone."""
    known = Owner.parse(owner)
    return known is None or is_dead(known, _here())
