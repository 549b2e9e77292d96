"""Which strategies are tried, in which order."""

from __future__ import annotations

from porter.errors import UsageError
from porter.model import Architecture, Strategy


def ladder(
    asked: Strategy | None,
    *,
    target: Architecture,
    host: Architecture,
    runs: bool,
    served: Strategy | None = None,
) -> tuple[Strategy, ...]:
    """The strategies to try for a target, best first.

    Args:
        asked: the one a flag or recipe fixes, or None for ``auto``.
        target: the architecture the wheel is for.
        host: the architecture of this machine.
        runs: whether the target's Python runs here beside its compilers: there is a root of it,
            and the kernel runs its programs (binfmt).
        served: the strategy that built this port last time; it goes first.

    Raises:
        UsageError: the strategy asked for cannot work between these two architectures.
    """
    if not runs:
        # For this machine's own architecture too: by an interpreter that no image has.
        possible: tuple[Strategy, ...] = (Strategy.CROSS,)
    elif target == host:
        possible = (Strategy.NATIVE,)
    else:
        possible = (Strategy.CROSS, Strategy.ACCELERATED, Strategy.EMULATED)
    if asked is not None:
        if asked not in possible:
            raise UsageError(
                f"strategy {asked} cannot build for {target} on {host}"
                + ("" if runs else " where the target's Python does not run"),
                hint=f"Possible here: {', '.join(possible)}; `porter doctor` says what is missing.",
            )
        return (asked,)
    if served in possible:
        return (served, *(strategy for strategy in possible if strategy is not served))
    return possible
