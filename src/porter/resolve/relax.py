"""What one requirement less would change: the advice for a set that cannot be satisfied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName

from porter.errors import IndexUnavailable, ResolutionError
from porter.resolve.explain import Conflict
from porter.resolve.need import Need, pinned_version
from porter.resolve.shelf import Shelf
from porter.resolve.solve import TooDeep, attempt

Constraints = Mapping[NormalizedName, SpecifierSet]

# Each is a resolution of its own, of metadata that may have to be fetched first.
_MOST_TRIES = 8
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The same question with the version of one requirement, or one constraint, left open."""

    name: NormalizedName
    text: str
    """What is left out: ``numpy>=1.20``."""
    pinned: bool
    needs: tuple[Need, ...]
    constraints: Constraints


def advise(
    conflict: Conflict, needs: Sequence[Need], shelf: Shelf, constraints: Constraints
) -> ResolutionError:
    """The same error, its hint naming the single relaxations that would help.

    Requirements and constraints that take part in the conflict are left out one at a time, in
    this order: those that are no exact pin, then pins, then what does not visibly take part. At
    most eight are tried, and the hint says only what was found by resolving.
    """
    options = sorted(
        relaxations(needs, constraints),
        key=lambda option: (option.name not in conflict.involved, option.pinned),
    )
    helping: list[str] = []
    for option in options[:_MOST_TRIES]:
        if len(helping) < _MOST_NAMED and (found := _try(option, shelf)):
            helping.append(f"Without {option.text} it works: {found}.")
    if helping:
        hint = " ".join(helping)
    elif 1 < len(options) <= _MOST_TRIES:
        hint = "Leaving out any single one of the requirements does not help: relax two or more."
    else:
        hint = conflict.hint or ""
    return ResolutionError(conflict.message, context=conflict.context, hint=hint or None)


def relaxations(needs: Sequence[Need], constraints: Constraints) -> Iterator[Relaxation]:
    """One for each requirement that limits a version, and for each constraint."""
    for text in dict.fromkeys(need.text for need in needs if str(need.specifier)):
        stated = next(need for need in needs if need.text == text)
        freed = tuple(
            replace(need, specifier=SpecifierSet()) if need.text == text else need for need in needs
        )
        pinned = pinned_version(stated.specifier) is not None
        yield Relaxation(stated.name, text, pinned, freed, constraints)
    for name, specifier in sorted(constraints.items()):
        others = {other: limit for other, limit in constraints.items() if other != name}
        pinned = pinned_version(specifier) is not None
        yield Relaxation(name, f"the constraint {name}{specifier}", pinned, tuple(needs), others)


def _try(option: Relaxation, shelf: Shelf) -> str | None:
    """``numpy 1.18.5``, the version it comes to; None where it does not help."""
    try:
        solution = attempt(option.needs, shelf, option.constraints)
    except (TooDeep, IndexUnavailable):  # no advice is better than none of the explanation
        return None
    if solution is None or option.name not in solution.pins:
        return None
    return f"{option.name} {solution.pins[option.name].version}"
