"""Why a build failed: an ordered list of rules over what it wrote."""

from porter.diagnose.kinds import KINDS, NO_ROOT, NO_TOOL, OWN, rule_named
from porter.diagnose.rule import Rule
from porter.diagnose.scan import MOST_BYTES, Diagnosis, diagnose, last_lines, tidy
from porter.diagnose.table import COMPILERS_OWN, GENERAL, KILLED, TABLE

__all__ = [
    "COMPILERS_OWN",
    "GENERAL",
    "KILLED",
    "KINDS",
    "MOST_BYTES",
    "NO_ROOT",
    "NO_TOOL",
    "OWN",
    "TABLE",
    "Diagnosis",
    "Rule",
    "diagnose",
    "last_lines",
    "rule_named",
    "tidy",
]
