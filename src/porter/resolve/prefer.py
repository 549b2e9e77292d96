"""``--prefer ported``: among the allowed versions, those that leave the least to build.

The cost of a set of versions is what its ports take to build (projects without any source first:
they cannot be built at all). Exactly, this is a search over which projects may be ports. Say a
resolution in which only the projects P may be ports fails; then the projects whose ports were
turned away on the way, C, are a core: every set that works makes one of C a port, for otherwise
the same search would have gone the same way and failed. So the cheapest P that meets all cores
found so far is tried next (cheapest first, as in the implicit hitting set problem, Moreno-Centeno
and Karp 2013, https://doi.org/10.1287/opre.1120.1139). The first that works is optimal.

Ties go to the newest: what plain resolution answers is kept unless something is truly cheaper.

What "optimal" means here: releases whose requirements cannot be read without running them are not
taken in exchange; weights are per project, not per version; ports among the build
requirements are not counted; a search that resolvelib or the bound on tries cuts short ends with
the best found so far, never worse than the newest, and the note says that it was cut short.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from packaging.utils import NormalizedName

from porter.model import State
from porter.resolve.shelf import Offer
from porter.resolve.solve import Solution, TooDeep

UNTIMED = 60.0
"""Seconds a port counts when nobody has timed it: what a small extension takes on two cores."""

Burden = tuple[NormalizedName, State]
"""A project that is a port, or has no source, in a set of versions."""
Burdens = frozenset[Burden]

# Each try is a resolution: some hundredths of a second for twenty nodes, a second for hundreds.
_MOST_TRIES = 100
# Sets that are only looked at cost some microseconds each, but there may be exponentially many.
_MOST_SETS = 20_000


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """What is left to do: compared by what cannot be built at all, then by time."""

    without_source: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Judges offers and weighs what they leave to build."""

    state: Callable[[Offer], State]
    seconds: Callable[[NormalizedName], float | None]
    """What a project's build is known to take, if that is known."""

    def burden(self, offer: Offer) -> Burden | None:
        """What choosing the offer adds to the work; None for nothing."""
        state = self.state(offer)
        return None if state is State.AVAILABLE else (offer.name, state)

    def burdens(self, solution: Solution) -> Burdens:
        """All that a set of versions leaves to build."""
        found = (self.burden(offer) for offer in solution.pins.values())
        return frozenset(burden for burden in found if burden is not None)

    def cost(self, burdens: Burdens) -> Cost:
        """Their weight; the sum is exact, so that equal sets cost the same."""
        ports = sorted(name for name, state in burdens if state is State.PORT)
        return Cost(
            without_source=len(burdens) - len(ports),
            seconds=sum(self._weight(name) for name in ports),
        )

    def _weight(self, name: NormalizedName) -> float:
        known = self.seconds(name)
        return UNTIMED if known is None else known


@dataclass(slots=True)
class Allowance:
    """A gate that lets only certain burdens pass, and remembers which it turned away."""

    scale: Scale
    allowed: Burdens
    trusted: frozenset[Offer]
    refused: set[Burden] = field(default_factory=set)

    def admits(self, offer: Offer) -> bool:
        """Whether it burdens nobody more than is allowed."""
        burden = self.scale.burden(offer)
        if burden is None or burden in self.allowed:
            return True
        self.refused.add(burden)
        return False

    def trusts(self, offer: Offer) -> bool:
        """An old sdist that tells no requirements only seems cheap: it stays where it was."""
        return offer in self.trusted


@dataclass(frozen=True, slots=True)
class Choice:
    """A set of versions, and whether nothing cheaper exists."""

    solution: Solution
    is_proven: bool


Resolve = Callable[[Allowance], Solution | None]
"""A resolution behind a gate; None where nothing serves. Raises `TooDeep`."""


def cheapest(newest: Solution, scale: Scale, resolve: Resolve) -> Choice:
    """The set of versions that leaves the least to build; ``newest`` itself where it is no worse.

    At most a hundred resolutions. Raises `porter.errors.IndexUnavailable`.
    """
    search = _Search(scale, resolve, newest)
    search.descend()
    is_proven = search.prove()
    return Choice(search.best, is_proven)


class _Search:
    def __init__(self, scale: Scale, resolve: Resolve, newest: Solution) -> None:
        self._scale = scale
        self._resolve = resolve
        self.best = newest
        self._trusted = frozenset(newest.pins.values())
        self._cores: list[Burdens] = []
        self._tries = 0

    def descend(self) -> None:
        """Leave out one burden after another, the heaviest first: a good answer to begin with."""
        for burden in self._heaviest_first(self._scale.burdens(self.best)):
            allowed = self._scale.burdens(self.best)
            if burden in allowed:
                self._try(allowed - {burden})

    def prove(self) -> bool:
        """Go through the sets of allowed burdens, the cheapest first; whether the end was reached.

        A set that misses a known core cannot work and is not tried; it is extended by each
        element of that core in turn.
        """
        start: Burdens = frozenset()
        queue = [(self._scale.cost(start), sorted(start), start)]
        seen = {start}
        while queue:
            cost, _, allowed = heapq.heappop(queue)
            if cost >= self._cost():
                break
            if len(seen) > _MOST_SETS:
                return False
            core = self._missed(allowed)
            if core is None:
                if self._tries >= _MOST_TRIES or not self._try(allowed):
                    return False
                core = self._missed(allowed) or frozenset()
            for burden in core:
                wider = allowed | {burden}
                if wider not in seen:
                    seen.add(wider)
                    heapq.heappush(queue, (self._scale.cost(wider), sorted(wider), wider))
        return True

    def _try(self, allowed: Burdens) -> bool:
        """Resolve with these burdens alone; whether that gave an answer, be it no."""
        self._tries += 1
        gate = Allowance(self._scale, allowed, self._trusted)
        try:
            solution = self._resolve(gate)
        except TooDeep:
            return False
        if solution is None:
            self._cores.append(frozenset(gate.refused))
        elif self._scale.cost(self._scale.burdens(solution)) < self._cost():
            self.best = solution
        return True

    def _cost(self) -> Cost:
        return self._scale.cost(self._scale.burdens(self.best))

    def _missed(self, allowed: Burdens) -> Burdens | None:
        return next((core for core in self._cores if not core & allowed), None)

    def _heaviest_first(self, burdens: Burdens) -> list[Burden]:
        return sorted(burdens, key=lambda b: (self._scale.cost(frozenset({b})), b), reverse=True)


def traded(newest: Solution, choice: Choice, scale: Scale) -> str:
    """What was given up for what, in one sentence."""
    before, after = scale.burdens(newest), scale.burdens(choice.solution)
    changes = list(_changes(newest, choice.solution))
    if not changes:
        sentence = "no allowed versions leave less to build than the newest do"
    else:
        saves = "saves" if len(changes) == 1 else "save"
        sentence = f"{_list(changes)} {saves} {_count(before - after)}"
        sentence += f" and cost {_count(after - before)}" if after - before else ""
    return sentence if choice.is_proven else f"{sentence} (not all sets of versions were tried)"


def _changes(newest: Solution, chosen: Solution) -> Iterable[str]:
    """Versions that differ; what comes or goes with them needs no word."""
    for name in sorted(newest.pins.keys() & chosen.pins.keys()):
        was, now = newest.pins[name].version, chosen.pins[name].version
        if was != now:
            yield f"{name} {now} instead of {was}"


def _count(burdens: Burdens) -> str:
    """``2 ports (h5py, numpy)``."""
    ports = sorted(name for name, state in burdens if state is State.PORT)
    others = sorted(name for name, state in burdens if state is not State.PORT)
    counted = [f"{len(ports)} port{'s'[: len(ports) != 1]} ({', '.join(ports)})"] if ports else []
    counted += [f"{len(others)} without a source ({', '.join(others)})"] if others else []
    return _list(counted)


def _list(texts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
