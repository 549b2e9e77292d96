"""Trouble that is not the package's is waited out: the same is tried again, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from porter.errors import EngineGone

T = TypeVar("T")

KILLS = 2
"""How many times a rung that was killed from outside is tried again, after the first pauses."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Seconds before each further try: a minute in all, in which a daemon has started again."""

BrokenOff = Callable[[EngineGone, float], None]
"""Hears, before each pause, what happened and how many seconds the pause takes."""


def again(act: Callable[[], T], *, broken_off: BrokenOff, pause: Callable[[float], object]) -> T:
    """Do something until the engine stays for as long as it takes.

    Downloads are tried again where they are made (`porter.index.http`).

    Raises:
        EngineGone: the engine was gone again after the last pause.
    """
    for seconds in PAUSES:
        try:
            return act()
        except EngineGone as error:
            broken_off(error, seconds)
            pause(seconds)
    return act()
