"""How a resolution chooses: the rules of pip over a `Shelf`, told to resolvelib."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import dropwhile, islice
from typing import Protocol

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from resolvelib import AbstractProvider
from resolvelib.structs import Matches, RequirementInformation

from porter.errors import UsageError
from porter.index.reference import parse_reference
from porter.resolve.need import (
    OBSTACLE,
    Candidate,
    Need,
    Obstacle,
    needs_of,
    parted,
    pinned_version,
    stated,
)
from porter.resolve.once import Replay
from porter.resolve.shelf import Offer, Shelf

Wish = Need | Obstacle
# As many as the catalog reads at once.
_READ_AHEAD = 16
# Of a project whose newest release cannot be chosen, so many are read next, then twice as many.
_FIRST_WAVE = 4

Cause = RequirementInformation[Wish, Candidate]


class Gate(Protocol):
    """Turns away offers that the rules let pass."""

    def admits(self, offer: Offer) -> bool:
        """Whether an offer that meets all needs may be chosen.

        The same resolution asks for the same offers.
        """
        ...

    def trusts(self, offer: Offer) -> bool:
        """Whether an offer may be chosen although nobody can read what it requires."""
        ...


class Provider(AbstractProvider[Wish, Candidate, str]):
    """Chooses among the offers of a shelf.

    - A pre-release counts when one of the specifiers names a pre-release, or when nothing else
      matches (PEP 440).
    - A yanked release counts only where a specifier pins it (PEP 592).
    - A constraint narrows a project that something else asks for.
    - A gate turns away what these rules let pass.
    """

    def __init__(
        self,
        shelf: Shelf,
        constraints: Mapping[NormalizedName, SpecifierSet],
        gate: Gate | None = None,
    ) -> None:
        self._shelf = shelf
        self._constraints = constraints
        self._gate = gate
        self._wishes: dict[Candidate, tuple[Wish, ...]] = {}
        self._candidates: dict[tuple[Offer, str], Candidate] = {}
        self._matches: dict[tuple[NormalizedName, SpecifierSet], Replay[Offer]] = {}
        self._satisfied: dict[tuple[int, int], bool] = {}
        self._seen: set[str] = set()
        self._latest: dict[str, Callable[[], Iterator[Candidate]]] = {}
        self._tried: Counter[str] = Counter()
        self._begun: set[Offer] = set()
        self._fixed: dict[NormalizedName, Version] = {}
        self.parents: dict[str, dict[Candidate, Wish]] = {}
        """Who asked for a key, over all attempts: what an explanation is made from."""

    def identify(self, requirement_or_candidate: Wish | Candidate) -> str:
        """The key under which needs are merged and met."""
        return requirement_or_candidate.key

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],  # noqa: ARG002 - resolvelib's signature
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002 - resolvelib's signature
        information: Mapping[str, Iterator[Cause]],
        backtrack_causes: Sequence[Cause],  # noqa: ARG002 - resolvelib's signature
    ) -> tuple[bool, bool, bool, bool, str]:
        """Narrow first: pinned, then bounded above, then constrained at all; then by name.

        An extra goes before its project, for it pins the project's version.
        """
        clauses = [
            clause
            for cause in information[identifier]
            if isinstance(cause.requirement, Need)
            for clause in cause.requirement.specifier
        ]
        pinned = any(c.operator in ("==", "===") and not c.version.endswith(".*") for c in clauses)
        bounded = any(c.operator in ("<", "<=", "~=", "==") for c in clauses)
        return (not pinned, not bounded, not clauses, "[" not in identifier, identifier)

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Candidate],  # noqa: ARG002 - resolvelib's signature
        candidates: Mapping[str, Iterator[Candidate]],  # noqa: ARG002 - resolvelib's signature
        information: Mapping[str, Iterator[Cause]],  # noqa: ARG002 - resolvelib's signature
        backtrack_causes: Sequence[Cause],
    ) -> Iterable[str]:
        """After a conflict, settle those who were part of it before anything else."""
        involved = {cause.requirement.key for cause in backtrack_causes}
        involved |= {cause.parent.key for cause in backtrack_causes if cause.parent is not None}
        return [i for i in identifiers if i in involved] or identifiers

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Wish]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> Matches[Candidate]:
        """Candidates that meet all needs at once, the preferred first.

        They are looked for while resolvelib takes them: mostly the first is enough.
        """
        if identifier == OBSTACLE:
            return ()
        needs = [need for need in requirements[identifier] if isinstance(need, Need)]
        name, extra = needs[0].name, needs[0].extra
        specifiers = [need.specifier for need in needs]
        if extra and name in requirements:
            specifiers += [n.specifier for n in requirements[name] if isinstance(n, Need)]
        bad = set(incompatibilities[identifier])
        matching = self._matching(name, self._merged(name, specifiers))

        def candidates() -> Iterator[Candidate]:
            found = (self._candidate(offer, extra) for offer in matching)
            return (candidate for candidate in found if candidate not in bad)

        self._latest[identifier] = candidates
        if self._gate is not None:
            # A gate is asked for all offers: whoever made it learns from what it turned away.
            admits = self._gate.admits
            return [candidate for candidate in candidates() if admits(candidate.offer)]
        return candidates

    def is_satisfied_by(self, requirement: Wish, candidate: Candidate) -> bool:
        """Whether the candidate, found for other needs, meets this one too."""
        # resolvelib asks this of every need in every round. Both objects live as long as their
        # provider, and comparing specifiers to find an answer would cost more than the answer.
        key = (id(requirement), id(candidate))
        known = self._satisfied.get(key)
        if known is None:
            known = isinstance(requirement, Need) and requirement.admits(candidate.offer.version)
            self._satisfied[key] = known
        return known

    def get_dependencies(self, candidate: Candidate) -> tuple[Wish, ...]:
        """What the candidate asks for in turn."""
        if candidate not in self._wishes:
            self._look_further(candidate)
            wishes = tuple(self._read(candidate))
            needs = [wish for wish in wishes if isinstance(wish, Need)]
            if not self._are_in_vain(needs):
                self.look_ahead(needs)
            for wish in wishes:
                self.parents.setdefault(wish.key, {})[candidate] = wish
            self._wishes[candidate] = wishes
        return self._wishes[candidate]

    def begin(self, asked: Sequence[Need]) -> None:
        """Begin to read for these needs, which every answer has to meet."""
        self._hold(asked)
        self.look_ahead(asked)

    def look_ahead(self, needs: Iterable[Need]) -> None:
        """Begin to read what these needs will most likely be met by."""
        fresh = [need for need in needs if need.key not in self._seen]
        self._seen.update(need.key for need in fresh)
        self._shelf.expect(need.name for need in fresh)
        for need in fresh:
            self._shelf.catalog.ahead(partial(self._read_likely, need))

    def _look_further(self, candidate: Candidate) -> None:
        """Begin to read the releases that will be tried next, the more the more were in vain.

        One after another, each would cost the time of an answer. sdists are left out: to read one
        it has to be downloaded.
        """
        self._tried[candidate.key] += 1
        if self._tried[candidate.key] == 1:
            return
        candidates = dropwhile(lambda c: c is not candidate, self._latest[candidate.key]())
        following = islice(candidates, 1, min(2 ** self._tried[candidate.key], _READ_AHEAD))
        for offer in (other.offer for other in following):
            if offer not in self._begun and (offer.wheel or offer.proxies):
                self._begun.add(offer)
                self._shelf.catalog.ahead(partial(self._shelf.stated, offer))

    def _read_likely(self, need: Need) -> None:
        offers = iter(self._matching(need.name, self._merged(need.name, [need.specifier])))
        likely = next(offers, None)
        wishes = () if likely is None else self._stated_needs(likely, need.extra)
        if need.name in self._fixed:
            self._hold(wishes)  # the release is in every answer, and what it asks for, too
        if self._are_in_vain(wishes):
            self._read_on(offers, need.extra, _FIRST_WAVE)
        else:
            if likely is not None and self._shelf.foresee is not None:
                self._shelf.foresee(likely)
            # And what that one asks for in turn, without waiting for the resolution to come there.
            self.look_ahead(wishes)

    def _hold(self, needs: Iterable[Need]) -> None:
        """Note the exact pins among needs that every answer has to meet."""
        for need in needs:
            version = pinned_version(need.specifier)
            if version is not None:
                self._fixed[need.name] = version

    def _are_in_vain(self, needs: Iterable[Need]) -> bool:
        """Whether a release with these needs goes with no answer."""
        return any(
            need.name in self._fixed and not need.admits(self._fixed[need.name]) for need in needs
        )

    def _read_on(self, offers: Iterator[Offer], extra: str, size: int) -> None:
        """Read the next releases together, and those after them if the last is in vain, too."""
        wave = [offer for offer in islice(offers, size) if offer.wheel or offer.proxies]
        for offer in wave[:-1]:
            self._shelf.catalog.ahead(partial(self._shelf.stated, offer))
        for last in wave[-1:]:
            self._shelf.catalog.ahead(partial(self._read_past, last, offers, extra, 2 * size))

    def _read_past(self, offer: Offer, offers: Iterator[Offer], extra: str, size: int) -> None:
        if self._are_in_vain(self._stated_needs(offer, extra)):
            self._read_on(offers, extra, min(size, _READ_AHEAD))

    def _stated_needs(self, offer: Offer, extra: str) -> tuple[Need, ...]:
        told = self._shelf.stated(offer)
        if told is None:
            return ()
        found = told.active(self._shelf.runtime.markers_of(offer.wheel), extra)
        return tuple(need for r in found if r.url is None for need in needs_of(r))

    def _candidate(self, offer: Offer, extra: str) -> Candidate:
        # resolvelib tells parents apart by identity, so each candidate exists once.
        return self._candidates.setdefault((offer, extra), Candidate(offer, extra))

    def _merged(self, name: NormalizedName, specifiers: list[SpecifierSet]) -> SpecifierSet:
        if constraint := self._constraints.get(name):
            specifiers = [*specifiers, constraint]
        merged = SpecifierSet()
        for specifier in dict.fromkeys(specifiers):
            merged &= specifier
        return merged

    def _matching(self, name: NormalizedName, specifier: SpecifierSet) -> Iterable[Offer]:
        key = (name, specifier)
        if key not in self._matches:
            self._matches.setdefault(key, Replay(self._match(name, specifier)))
        return self._matches[key]

    def _match(self, name: NormalizedName, specifier: SpecifierSet) -> Iterator[Offer]:
        """As `admitted` has it, but one after another."""
        pinned = pinned_version(specifier) is not None
        versions = self._shelf.versions(name)
        for part in parted(versions, specifier, prereleases=self._shelf.prereleases):
            found = False
            for offer in self._shelf.offers(name, part):
                if offer.yanked is None or pinned:
                    found = True
                    yield offer
            if found:
                return

    def _read(self, candidate: Candidate) -> Iterator[Wish]:
        offer, extra = candidate.offer, candidate.extra
        if self._gate and not self._gate.trusts(offer) and self._shelf.stated(offer) is None:
            yield Obstacle("has requirements that cannot be known without running it")
            return
        metadata = self._shelf.metadata(offer)
        runtime = self._shelf.runtime
        markers = runtime.markers_of(offer.wheel)
        full_version = Version(runtime.interpreter.full_version)
        if extra:
            exact = SpecifierSet(f"==={offer.version}")
            yield Need(offer.name, "", exact, f"{offer.name}==={offer.version}")
        elif metadata.requires_python is not None and not metadata.requires_python.contains(
            full_version, prereleases=True
        ):
            wanted = metadata.requires_python
            yield Obstacle(f"needs Python {wanted}, not {runtime.interpreter.version}")
        for text in metadata.unreadable(markers, extra):
            yield Obstacle(f"has a requirement that cannot be read: {text!r}")
        for requirement in metadata.active(markers, extra):
            if requirement.url is not None and not self._is_pinned(requirement):
                yield Obstacle(f"asks for {stated(requirement)}, an address you did not give")
            else:
                yield from needs_of(requirement)

    def _is_pinned(self, requirement: Requirement) -> bool:
        """Whether the address that is asked for is the one the project is pinned to."""
        pin = self._shelf.catalog.pin(canonicalize_name(requirement.name))
        try:
            return pin is not None and pin.reference.same_as(parse_reference(requirement.url or ""))
        except UsageError:  # an address of a kind that is never pinned
            return False
