"""What a package's postinst would tell update-alternatives(1), read without running it. Pure.

Debian's BLAS and LAPACK, for one, are found through links that only update-alternatives makes.
Calls with shell variables in them are passed over.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alternative:
    """One offer for a link, with the links that go along with it."""

    link: str
    path: str
    priority: int
    slaves: tuple[tuple[str, str], ...] = ()
    """(link, path)"""


def stated(script: str) -> Iterator[Alternative]:
    """The alternatives a maintainer script installs."""
    joined = re.sub(r"\\\n", " ", script)
    for call in re.findall(r"update-alternatives\b([^\n;&|]*)", joined):
        try:
            words = shlex.split(call)
        except ValueError:
            continue
        if "--install" in words and not any("$" in word for word in words):
            yield from _parse(words[words.index("--install") + 1 :])


def _parse(words: Sequence[str]) -> Iterator[Alternative]:
    """Read ``LINK NAME PATH PRIORITY [--slave LINK NAME PATH]…``."""
    if len(words) < 4 or not words[3].lstrip("-").isdecimal():
        return
    slaves = [
        (words[place + 1], words[place + 3])
        for place, word in enumerate(words)
        if word == "--slave" and place + 3 < len(words)
    ]
    if all(path.startswith("/") for path in (words[0], words[2])):
        yield Alternative(words[0], words[2], int(words[3]), tuple(slaves))


def chosen(alternatives: Iterable[Alternative]) -> dict[str, str]:
    """Link to path: of each link the offer with the highest priority, the first of equal ones."""
    best: dict[str, Alternative] = {}
    for offer in alternatives:
        if offer.link not in best or offer.priority > best[offer.link].priority:
            best[offer.link] = offer
    return {
        link: path
        for offer in best.values()
        for link, path in ((offer.link, offer.path), *offer.slaves)
    }
