"""Which strategies are tried, in which order."""

from __future__ import annotations

from dataclasses import dataclass

from porter.errors import UsageError
from porter.model import BY_THE_TARGET, Architecture, Strategy


@dataclass(frozen=True, slots=True)
class Ladder:
    """The strategies of one port."""

    rungs: tuple[Strategy, ...]
    """To be tried, best first."""
    left_out: tuple[str, ...] = ()
    """Which others cannot work on this machine, and why; a sentence each."""
    refused: str = ""
    """Why the only one its recipe allows cannot work on this machine, where that is so."""


def ladder(  # noqa: PLR0913 - keyword-only; a strategy has as many conditions
    asked: Strategy | None,
    *,
    target: Architecture,
    host: Architecture,
    stated: Strategy | None = None,
    why_not: str = "",
    served: Strategy | None = None,
    by_the_target: bool = False,
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
        by_the_target: its plan has build requirements for the target's Python alone.

    Raises:
        UsageError: the strategy asked for cannot work between these two architectures.
    """
    possible = _possible(target, host, why_not, by_the_target=by_the_target)
    if asked is not None:
        if asked not in possible:
            raise UsageError(
                _cannot(asked, target, host, why_not),
                hint=_hint(possible),
            )
        return Ladder((asked,))
    if stated is not None and Strategy.NATIVE not in possible:
        if stated in possible:
            return Ladder((stated,))
        return Ladder((stated,), refused=f"its recipe's {_cannot(stated, target, host, why_not)}")
    if not possible:
        return Ladder(BY_THE_TARGET, refused=f"its plan is for the target's programs: {why_not}")
    left_out: tuple[str, ...] = ()
    if target != host and why_not:
        left_out = (f"{' and '.join(BY_THE_TARGET)} were not tried: {why_not}",)
    if served in possible:
        possible = (served, *(strategy for strategy in possible if strategy is not served))
    return Ladder(possible, left_out)


def _possible(
    target: Architecture, host: Architecture, why_not: str, *, by_the_target: bool
) -> tuple[Strategy, ...]:
    if by_the_target:
        return () if why_not else BY_THE_TARGET
    if why_not:
        # For this machine's own architecture too: by an interpreter that no image has.
        return (Strategy.CROSS,)
    if target == host:
        return (Strategy.NATIVE,)
    return (Strategy.CROSS, *BY_THE_TARGET)


def _hint(possible: tuple[Strategy, ...]) -> str:
    here = f"Possible here: {', '.join(possible)}; " if possible else ""
    return f"{here}`porter doctor` says what is missing."


def _cannot(strategy: Strategy, target: Architecture, host: Architecture, why_not: str) -> str:
    because = f": {why_not}" if why_not and strategy in BY_THE_TARGET else ""
    return f"strategy {strategy} cannot build for {target} on {host}{because}"
