"""What the doctor found, one thing at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from porter.doctor.actions import Action


class Status(StrEnum):
    """How a thing stands."""

    OK = "ok"
    WARNING = "warning"
    """Not needed for the main job, or needed only sometimes."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing porter can use, and how it stands on this machine."""

    name: str
    status: Status
    seen: str
    """What was found, in words."""
    mend: str | None = None
    """The command, or the advice, that mends it."""
    actions: tuple[Action, ...] = ()
    """What `porter setup` would do about it."""


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """The document of ``porter doctor --format json``."""
    listed = [
        {"name": f.name, "status": f.status.value, "seen": f.seen, "mend": f.mend} for f in findings
    ]
    ready = all(finding.status is not Status.MISSING for finding in findings)
    return {"schema": 1, "ready": ready, "findings": listed}
