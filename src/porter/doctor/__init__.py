"""What is here, what is missing, and the command that mends it; and what mends it."""

from porter.doctor.check import Probes, Wanted, check
from porter.doctor.findings import Finding, Status, as_json
from porter.doctor.machine import (
    is_debian,
    is_root,
    machine_doers,
    machine_probes,
)
from porter.doctor.setup import Doers, apply, by_hand, propose

__all__ = [
    "Doers",
    "Finding",
    "Probes",
    "Status",
    "Wanted",
    "apply",
    "as_json",
    "by_hand",
    "check",
    "is_debian",
    "is_root",
    "machine_doers",
    "machine_probes",
    "propose",
]
