"""What a rule is."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of failure, and how a line of a log tells it.

    A pattern is searched in single lines of bounded length, which a stranger wrote: it must take
    time linear in the line (no repetition may begin wherever the one before it could have).
    """

    name: str
    reason: str
    """One sentence; ``{0}``, ``{1}`` stand for the groups of the pattern that took part."""
    hint: str
    """The next step; likewise, and ``{package}`` for the system package that is known to help."""
    patterns: tuple[re.Pattern[str], ...] = ()
    """The first that is found in a line counts; none: porter finds this failure without a log."""
    final: bool = False
    """Whether every other strategy would fail in the same way."""
    by_compiler: bool = False
    """Whether the compiler may be what decides it: two strategies that share one prove nothing of
    a third."""


def rule(
    name: str,
    *patterns: str,
    reason: str,
    hint: str,
    final: bool = False,
    by_compiler: bool = False,
) -> Rule:
    """A rule with its patterns compiled."""
    return Rule(name, reason, hint, tuple(map(re.compile, patterns)), final, by_compiler)
