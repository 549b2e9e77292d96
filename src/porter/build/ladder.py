"""Which strategies are tried, in which order."""

from __future__ import annotations

from dataclasses import dataclass

from porter.errors import UsageError
from porter.model import Architecture, Strategy

_BY_THE_TARGET = (Strategy.ACCELERATED, Strategy.EMULATED)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The strategies of one port."""

    rungs: tuple[Strategy, ...]
    """To be tried, best first."""
    left_out: tuple[str, ...] = ()
    """Which others cannot work on this machine, and why; a sentence each."""
    refused: str = ""
    """Why the only one its recipe allows cannot work on this machine, where that is so."""


def ladder(
    asked: Strategy | None,
    *,
    target: Architecture,
    host: Architecture,
    stated: Strategy | None = None,
    why_not: str = "",
    served: Strategy | None = None,
) -> Ladder:
    """The strategies to try for a target.

    Args:
        asked: the one a flag fixes, or None for ``auto``.
        target: the architecture the wheel is for.
        host: the architecture of this machine.
        stated: the one its recipe fixes, for machines of another architecture than the target's.
        why_not: why nothing is built by the target's Python here (no root of it with compilers, or
            the kernel does not run its programs), where that is so.
        served: the strategy that built this port last time; it goes first.

    Raises:
        UsageError: the strategy asked for cannot work between these two architectures.
    """
    if why_not:
        # For this machine's own architecture too: by an interpreter that no image has.
        possible: tuple[Strategy, ...] = (Strategy.CROSS,)
    elif target == host:
        possible = (Strategy.NATIVE,)
    else:
        possible = (Strategy.CROSS, *_BY_THE_TARGET)
    if asked is not None:
        if asked not in possible:
            raise UsageError(
                _cannot(asked, target, host, why_not),
                hint=f"Possible here: {', '.join(possible)}; `porter doctor` says what is missing.",
            )
        return Ladder((asked,))
    if stated is not None and Strategy.NATIVE not in possible:
        if stated in possible:
            return Ladder((stated,))
        return Ladder((stated,), refused=f"its recipe's {_cannot(stated, target, host, why_not)}")
    left_out: tuple[str, ...] = ()
    if target != host and why_not:
        left_out = (f"{' and '.join(_BY_THE_TARGET)} were not tried: {why_not}",)
    if served in possible:
        possible = (served, *(strategy for strategy in possible if strategy is not served))
    return Ladder(possible, left_out)


def _cannot(strategy: Strategy, target: Architecture, host: Architecture, why_not: str) -> str:
    because = f": {why_not}" if why_not and strategy in _BY_THE_TARGET else ""
    return f"strategy {strategy} cannot build for {target} on {host}{because}"
