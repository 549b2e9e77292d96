"""One resolution: needs in, pins and the requirements between them out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from resolvelib import ResolutionImpossible, ResolutionTooDeep

from porter.errors import ResolutionError
from porter.resolve.explain import explain_conflict
from porter.resolve.need import Candidate, Need
from porter.resolve.provider import Gate, Provider
from porter.resolve.rounds import Rounds
from porter.resolve.shelf import Offer, Shelf

# Where pip gives up too; far beyond what a real set of requirements takes.
_MAX_ROUNDS = 200_000
# For questions on the side: some ten times the nodes of a large answer.
_ATTEMPT_ROUNDS = 2_000


class TooDeep(Exception):
    """A search was given up before it came to an end: neither yes nor no."""


@dataclass(frozen=True, slots=True)
class Link:
    """``start`` requires ``end``; ``start`` is None for what was asked for."""

    start: NormalizedName | None
    end: NormalizedName
    text: str


@dataclass(frozen=True, slots=True)
class Solution:
    """A set of releases that meets all needs, by project."""

    pins: Mapping[NormalizedName, Offer]
    links: frozenset[Link]
    warnings: Mapping[NormalizedName, tuple[str, ...]]


def solve(
    needs: Iterable[Need], shelf: Shelf, constraints: Mapping[NormalizedName, SpecifierSet]
) -> Solution:
    """Find the releases that meet the needs on the shelf.

    Raises `porter.errors.ResolutionError` with the chain of requirements that cannot be met, and
    `porter.errors.IndexUnavailable`.
    """
    asked = tuple(needs)
    provider = Provider(shelf, constraints)
    try:
        return _resolve(asked, provider, shelf, rounds=_MAX_ROUNDS)
    except ResolutionImpossible as impossible:
        raise explain_conflict(
            impossible.causes,
            asked=asked,
            parents=provider.parents,
            shelf=shelf,
            constraints=constraints,
        ) from None
    except ResolutionTooDeep as deep:
        raise ResolutionError(
            f"no answer after {deep.round_count} rounds of resolution",
            hint="Pin more of the requirements, or give --exclude-newer.",
        ) from None


def attempt(
    needs: Iterable[Need],
    shelf: Shelf,
    constraints: Mapping[NormalizedName, SpecifierSet],
    *,
    gate: Gate | None = None,
) -> Solution | None:
    """The same for a question on the side: None where there is no answer.

    It is searched for less long, and a failure is not explained. Raises `TooDeep` when the search
    was given up, and `porter.errors.IndexUnavailable`.
    """
    try:
        provider = Provider(shelf, constraints, gate)
        return _resolve(tuple(needs), provider, shelf, rounds=_ATTEMPT_ROUNDS)
    except ResolutionImpossible:
        return None
    except ResolutionTooDeep as deep:
        raise TooDeep(f"no answer after {deep.round_count} rounds") from None


def _resolve(asked: tuple[Need, ...], provider: Provider, shelf: Shelf, *, rounds: int) -> Solution:
    provider.begin(asked)
    found = Rounds(provider).resolve(asked, max_rounds=rounds).mapping
    candidates = _wanted(asked, found, provider)
    return Solution(
        pins={c.name: c.offer for c in candidates if not c.extra},
        links=frozenset(_links(asked, candidates, provider)),
        warnings=_warnings(candidates, shelf),
    )


def _wanted(
    asked: Iterable[Need], found: Mapping[str, Candidate], provider: Provider
) -> list[Candidate]:
    """Those of the pins that something still asks for, in their order."""
    waiting, wanted = [need.key for need in asked], set[str]()
    while waiting:
        key = waiting.pop()
        if key not in wanted:
            wanted.add(key)
            waiting.extend(wish.key for wish in provider.get_dependencies(found[key]))
    return [candidate for key, candidate in found.items() if key in wanted]


def _links(
    asked: Iterable[Need], candidates: Iterable[Candidate], provider: Provider
) -> Iterable[Link]:
    for need in asked:
        yield Link(None, need.name, need.text)
    for candidate in candidates:
        for wish in provider.get_dependencies(candidate):
            if isinstance(wish, Need) and wish.name != candidate.name:
                yield Link(candidate.name, wish.name, wish.text)


def _was_executed(offer: Offer, shelf: Shelf) -> bool:
    return shelf.execute is not None and shelf.execute(offer) is not None


def _warnings(
    candidates: Iterable[Candidate], shelf: Shelf
) -> dict[NormalizedName, tuple[str, ...]]:
    warnings: dict[NormalizedName, list[str]] = {}
    for candidate in candidates:
        told = warnings.setdefault(candidate.name, [])
        offer, extra = candidate.offer, candidate.extra
        if extra and extra not in shelf.metadata(offer).extras:
            told.append(f"{offer.name} {offer.version} has no extra {extra!r}")
        elif not extra and shelf.stated(offer) is None and not _was_executed(offer, shelf):
            told.append("its requirements cannot be read without running it; taken as none")
        if not extra and offer.yanked is not None:
            told.append(f"yanked: {offer.yanked or 'no reason given'}")
    return {name: tuple(told) for name, told in warnings.items() if told}
