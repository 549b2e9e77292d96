"""Finds the line of a log that tells why it ended.

Nearest first: a build tries things out, and what failed early often failed on purpose. So all
rules are asked about the last few lines, then about more and more of them; files that builds make
to try a compiler are left out. Only when nothing tells why it failed, the general rules are asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from porter.diagnose.packages import package_with
from porter.diagnose.rule import Rule
from porter.diagnose.table import GENERAL, TABLE

MOST_BYTES = 1 << 20
"""Of a log's end that are looked at."""
_LONGEST = 1_000
"""Characters of a line that are looked at."""
_NEAR = (25, 100, 300)
"""Lines: how near to the end the cause is looked for, before it is looked for everywhere."""
_BEFORE, _AFTER = 3, 5
_SHOWN = 240
_SAID = 200

# What could move a cursor, colour a line or ring a bell (ECMA-48).
_CONTROL = re.compile(r"\x1b\[[0-?]{0,40}[ -/]{0,4}[@-~]|\x1b\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)?")
# Files of configure, CMake, Meson, numpy.distutils and setuptools that only try a compiler; and
# what CMake says where scikit-build tries one generator after the other. Some of them lie in /tmp;
# so do, and are none, scikit-build-core's builds and the objects of a compiler that also links.
_TRIAL = re.compile(
    r"_configtest|conftest\.|CMakeTmp|CMakeScratch|TryCompile|meson-private|sanitycheck"
    r"|(?:^|[\s'])/tmp/(?!tmp\w+/build/|cc\w+\.o\b)"
    r"|checking (?:for|whether) |unable to find a build program corresponding to"
)

# configure and CMake put the message on the next line.
_BEGUN = re.compile(r"(?:error:|Error at \S+ \(\w+\):) ?$")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Why it failed."""

    rule: Rule
    reason: str
    hint: str
    context: str
    """The decisive line with some around it, fit for a terminal."""

    @property
    def general(self) -> bool:
        """Whether it tells that it failed rather than why."""
        return self.rule in GENERAL


def diagnose(text: bytes) -> Diagnosis | None:
    """What the rules find in the end of a log, or None.

    Its time is bounded whatever the log holds: at most `MOST_BYTES`, in lines cut to a length.
    """
    lines = [_line(raw) for raw in text[-MOST_BYTES:].split(b"\n")]
    end = len(lines)
    found = (_first(TABLE, lines, range(max(0, end - near), end)) for near in _NEAR)
    return (
        next(filter(None, found), None)
        or _first(TABLE, lines, range(end - 1, -1, -1))
        or _first(GENERAL, lines, range(end - 1, -1, -1))
    )


def tidy(text: str, most: int = 40) -> str:
    """The last lines of a text, fit for a terminal."""
    lines = [_line(line.encode()) for line in text.split("\n")[-most:]]
    return "\n".join(map(shown, lines)).strip("\n")


def shown(text: str) -> str:
    """A stranger's line, cut and without what is not printable."""
    cleaned = "".join(c if c.isprintable() else "�" for c in text.expandtabs(4))
    return cleaned if len(cleaned) <= _SHOWN else f"{cleaned[:_SHOWN]}…"


def last_lines(text: bytes, count: int = 12) -> str:
    """The last lines of a log that say anything, fit for a terminal."""
    lines = [_line(raw) for raw in text[-(64 << 10) :].split(b"\n")]
    return "\n".join([shown(line) for line in lines if line.strip()][-count:])


def _line(raw: bytes) -> str:
    """What a terminal would show of it at most: after the last carriage return, uncoloured."""
    raw = raw.rstrip(b"\r")
    raw = raw[raw.rfind(b"\r") + 1 :][: 2 * _LONGEST]
    return _CONTROL.sub("", raw.decode("utf-8", "replace"))[:_LONGEST]


def _first(rules: Iterable[Rule], lines: Sequence[str], order: range) -> Diagnosis | None:
    """The first rule that fits a line, and of the lines it fits the first in this order."""
    for rule in rules:
        for pattern in rule.patterns:
            for number in order:
                match = pattern.search(_whole(lines, number))
                if match and not _TRIAL.search(lines[number]):
                    return _told(rule, match, lines, number)
    return None


def _whole(lines: Sequence[str], number: int) -> str:
    """A line; with the one after it where its message only begins there."""
    line = lines[number]
    if _BEGUN.search(line) and (after := lines[number + 1 : number + 3]):
        return f"{line.rstrip()} {(after[0].strip() or after[-1].strip())}"
    return line


def _told(rule: Rule, match: re.Match[str], lines: Sequence[str], number: int) -> Diagnosis:
    groups = [shown(group.strip())[:_SAID] for group in match.groups() if group is not None]
    if not groups:
        groups = [shown(match[0].strip())[:_SAID]]
    package = package_with(groups[0])
    known = f" (Debian: {package})" if package else ""
    filled = [*groups, "", ""]
    return Diagnosis(
        rule,
        rule.reason.format(*filled).rstrip(),
        rule.hint.format(*filled, package=known),
        "\n".join(_around(lines, number)),
    )


def _around(lines: Sequence[str], number: int) -> Iterator[str]:
    start = max(0, number - _BEFORE)
    for line in lines[start : number + _AFTER + 1]:
        if line.strip():
            yield shown(line)
