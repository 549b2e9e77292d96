"""Why a build failed: an ordered list of rules over what it wrote."""

from porter.diagnose.kinds import KINDS, OWN, rule_named
from porter.diagnose.rule import Rule
from porter.diagnose.scan import MOST_BYTES, Diagnosis, diagnose, last_lines, tidy
from porter.diagnose.table import GENERAL, KILLED, TABLE

__all__ = [
    "GENERAL",
    "KILLED",
    "KINDS",
    "MOST_BYTES",
    "OWN",
    "TABLE",
    "Diagnosis",
    "Rule",
    "diagnose",
    "last_lines",
    "rule_named",
    "tidy",
]
