"""One interpreter's part of a plan, being put together: nodes, edges, build environments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import ResolutionError
from porter.index.urls import shown
from porter.model import Artifact, Edge, EdgeKind, File, Interpreter, Node, Side, State
from porter.recipes import Recipe, Recipes
from porter.resolve.catalog import Catalog
from porter.resolve.classify import NO_SDIST, classify
from porter.resolve.direct import Pinning
from porter.resolve.explain import Conflict
from porter.resolve.hooks import Hooks
from porter.resolve.metadata import Metadata
from porter.resolve.need import Need, merged, needs_of
from porter.resolve.origin import judged, source_of
from porter.resolve.prefer import Scale, cheapest, traded
from porter.resolve.relax import advise
from porter.resolve.request import Preference, Request
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Offer, Shelf, Window, source_alone
from porter.resolve.solve import Solution, attempt, solve
from porter.resolve.workshop import Trail, Workshop


@dataclass(frozen=True, slots=True)
class Limit:
    """What a port needs of another project beyond what it states."""

    name: NormalizedName
    specifier: SpecifierSet
    ports: frozenset[str]
    reason: str


@dataclass(slots=True, kw_only=True)
class Draft:
    """Grows by `add_target`; `nodes` and `edges` are its result."""

    request: Request
    catalog: Catalog
    recipes: Recipes
    interpreter: Interpreter
    hooks: Hooks | None = None
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: set[Edge] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    """What was chosen differently from the newest, and what for."""
    _equipped: set[str] = field(default_factory=set, init=False)
    """Ports that have their build environment."""
    _company: list[Edge] = field(default_factory=list, init=False)
    """What build-side ports require to run, by the environments they were met in."""
    _target: Runtime = field(init=False)
    _build: Runtime = field(init=False)
    _theirs: Shelf = field(init=False)
    """What the target's own Python would install of a build environment."""
    _workshop: Workshop = field(init=False)

    def __post_init__(self) -> None:
        request = self.request
        self._target = Runtime.target(request.platform, self.interpreter)
        self._build, here = (
            Runtime.build(arch, request.build_glibc, self.interpreter, target=request.platform)
            for arch in (request.build_arch, request.host_arch)
        )
        self._theirs = Shelf(catalog=self.catalog, runtime=self._target, window=self._window())
        self._workshop = Workshop(
            request=request,
            catalog=self.catalog,
            recipes=self.recipes,
            interpreter=self.interpreter,
            runtime=self._build,
            here=here,
            hooks=self.hooks,
        )

    def markers(self) -> Mapping[str, str]:
        """The target's marker environment."""
        return self._target.markers

    def add_target(
        self, requirements: Sequence[Requirement], constraints: Sequence[Requirement]
    ) -> None:
        """Resolve for the target, and a build environment for every port among the answer.

        Raises `porter.errors.ResolutionError` and `porter.errors.IndexUnavailable`.
        """
        shelf = Shelf(
            catalog=self._pinned((*requirements, *constraints)),
            runtime=self._target,
            window=self._window(),
            refuses_source=self.request.refuses_source,
            hashes=self.request.hashes_for(self._target.markers),
            prereleases=self.request.prereleases,
            execute=self._workshop.metadata,
            foresee=self._foresee,
        )
        asked = tuple(need for requirement in requirements for need in needs_of(requirement))
        held = merged(constraints, self._target.markers)
        solution, notes = self._choose(asked, shelf, held)
        self._lay(solution)
        while limits := self._unmet(solution, held):
            for limit in limits:
                held[limit.name] = held.get(limit.name, SpecifierSet()) & limit.specifier
            try:
                solution, notes = self._choose(asked, shelf, held)
            except ResolutionError:
                self._warn_of(limits, solution)
                break
            self._lay(solution)
            self.notes += [
                f"{limit.name} {limit.specifier} for {self.interpreter}: {limit.reason}"
                for limit in limits
            ]
        self.notes += notes

    def _lay(self, solution: Solution) -> None:
        """Make nodes, edges and build environments of a solution, and of no earlier one."""
        self.nodes.clear()
        self.edges.clear()
        self._equipped.clear()
        self._company.clear()
        ids = {
            name: self._add(offer, Side.TARGET, solution) for name, offer in solution.pins.items()
        }
        for link in solution.links:
            if link.start is not None:
                edge = Edge(ids[link.start], ids[link.end], EdgeKind.INSTALL, link.text)
                self.edges.add(edge)
        self._workshop.runs_with = {
            name: offer.version
            for name, offer in solution.pins.items()
            if self.recipes.has_abi(name)
        }
        for offer in solution.pins.values():
            self._foresee(offer)
        for name in sorted(solution.pins):
            self._equip(ids[name], solution.pins[name], trail=())
        self._accompany()

    def _foresee(self, offer: Offer) -> None:
        """Have the index asked for what a port will be built with, all ports at once."""
        if self._burden(offer) is State.PORT or self.request.wants_source(offer.name):
            self.catalog.ahead(partial(self._workshop.foresee, offer))

    def _pinned(self, requirements: Iterable[Requirement]) -> Catalog:
        """What the target is chosen from: files asked for by address, else the indexes."""
        pinning = Pinning(
            catalog=self.catalog,
            markers=self._target.markers,
            ask=self._workshop.identify,
            tell=self._requirements,
        )
        return self.catalog.pinned(pinning.pin(requirements))

    def _requirements(self, file: File) -> Metadata:
        known = self.catalog.metadata(file)
        if known is None and not file.is_wheel:
            known = self._workshop.metadata(source_alone(file))
        return known or Metadata()

    def _unmet(
        self, solution: Solution, held: Mapping[NormalizedName, SpecifierSet]
    ) -> list[Limit]:
        """What the ports of a solution want of it beyond what they state, and do not get."""
        found = (*self._parted(solution), *self._capped(solution))
        return [
            limit
            for limit in found
            if not set(limit.specifier) <= set(held.get(limit.name, SpecifierSet()))
        ]

    def _parted(self, solution: Solution) -> Iterator[Limit]:
        """What ports are built against in a release that the target's own does not run."""
        ports: dict[tuple[NormalizedName, Version], list[str]] = {}
        for edge in sorted(self.edges, key=lambda edge: (edge.start, edge.end)):
            start, end = self.nodes[edge.start], self.nodes[edge.end]
            runs = solution.pins.get(end.name)
            if edge.kind is not EdgeKind.BUILD or start.side is not Side.TARGET or runs is None:
                continue
            at = self.recipes.abi_break(end.name, end.version, runs.version)
            if at is not None:
                ports.setdefault((end.name, at), []).append(start.name)
        for (name, at), built in sorted(ports.items()):
            reason = (
                f"{', '.join(built)} is built against an earlier one, which later ones do not run"
            )
            yield Limit(name, SpecifierSet(f"<{at}"), frozenset(built), reason)

    def _capped(self, solution: Solution) -> Iterator[Limit]:
        """What the recipes of ports say of releases that came after them."""
        for node in sorted(self.nodes.values(), key=lambda node: node.id):
            recipe = self.recipes.find(node.name, node.version)
            if node.side is not Side.TARGET or node.state is not State.PORT or recipe is None:
                continue
            for text, cap in sorted(recipe.rules.requires.cap.items()):
                name, specifier = canonicalize_name(text), SpecifierSet(cap)
                runs = solution.pins.get(name)
                if runs is not None and not specifier.contains(runs.version, prereleases=True):
                    reason = f"the recipe of {node.name} says so"
                    yield Limit(name, specifier, frozenset({node.name}), reason)

    def _warn_of(self, limits: list[Limit], solution: Solution) -> None:
        """Nothing within the limits will do: the ports say what they will meet."""
        for limit in limits:
            met = solution.pins[limit.name].version
            warning = f"may not run with {limit.name} {met}, but with {limit.specifier}"
            for node in tuple(self.nodes.values()):
                if node.side is Side.TARGET and node.name in limit.ports:
                    self.nodes[node.id] = replace(node, warnings=(*node.warnings, warning))

    def _choose(
        self,
        needs: tuple[Need, ...],
        shelf: Shelf,
        constraints: Mapping[NormalizedName, SpecifierSet],
    ) -> tuple[Solution, tuple[str, ...]]:
        """The versions to take, and what there is to say of them."""
        try:
            newest = solve(needs, shelf, constraints)
        except Conflict as conflict:
            raise advise(conflict, needs, shelf, constraints) from None
        if self.request.prefer is Preference.NEWEST:
            return newest, ()
        scale = Scale(self._burden, self._seconds)
        choice = cheapest(newest, scale, lambda gate: attempt(needs, shelf, constraints, gate=gate))
        note = f"fewest ports preferred for {self.interpreter}"
        return choice.solution, (f"{note}: {traded(newest, choice, scale)}",)

    def _burden(self, offer: Offer) -> State:
        """What an offer leaves to do; what is to be built in any case weighs nothing."""
        if offer.wheel is not None or self.request.wants_source(offer.name):
            return State.AVAILABLE
        recipe = self.recipes.find(offer.name, offer.version)
        given = None if recipe is None else recipe.rules.source
        has_source = offer.sdist is not None or given is not None
        return State.PORT if has_source else State.NO_SOURCE

    def _seconds(self, name: NormalizedName) -> float | None:
        return self.request.seconds.get(name) or self.recipes.seconds(name)

    def _window(self) -> Window:
        return Window(exclude_newer=self.request.exclude_newer)

    def _add(self, offer: Offer, side: Side, solution: Solution) -> str:
        """Add the node of an offer, if it is not there, and return its id."""
        runtime = self._target if side is Side.TARGET else self._build
        wants_source = side is Side.TARGET and self.request.wants_source(offer.name)
        recipe = self.recipes.find(offer.name, offer.version)
        is_needed = wants_source or offer.wheel is None
        source = self._source(offer, recipe) if is_needed else None
        state, reason = classify(offer, runtime, source=source, from_source=wants_source)
        state, reason = judged(state, reason, source, recipe)
        if state is State.NO_SOURCE and offer.proxies[0].direct:
            raise _unusable(offer, reason)
        wheel = self._lock(offer.wheel) if state is State.AVAILABLE else None
        node = Node(
            name=offer.name,
            version=offer.version,
            interpreter=self.interpreter,
            side=side,
            state=state,
            reason=reason,
            source=self._lock(source),
            wheel=wheel,
            target_wheel=self._target_wheel(offer) if side is Side.BUILD else None,
            recipe=None if recipe is None else recipe.name,
            warnings=solution.warnings.get(offer.name, ()),
        )
        self.nodes.setdefault(node.id, node)
        return node.id

    def _source(self, offer: Offer, recipe: Recipe | None) -> File | None:
        return source_of(offer, recipe, self.catalog)

    def _lock(self, file: File | None) -> Artifact | None:
        return None if file is None else self.catalog.lock(file)

    def _target_wheel(self, offer: Offer) -> Artifact | None:
        """The wheel of a build requirement that the target's own Python would install."""
        if offer.wheel is not None and offer.wheel.is_pure:
            return None
        there = next(self._theirs.offers(offer.name, [offer.version]), None)
        return None if there is None else self._lock(there.wheel)

    def _equip(self, node_id: str, offer: Offer, *, trail: Trail) -> None:
        """Give a port its build environment; ``trail`` holds the build-side ports it is for."""
        node = self.nodes[node_id]
        if node.state is not State.PORT or node_id in self._equipped:
            return
        self._equipped.add(node_id)
        if node.side is Side.BUILD:
            trail = (*trail, (node.name, node.version))
        try:
            equipment = self._workshop.equip(node, offer, trail)
        except ResolutionError as error:
            warnings = (*node.warnings, error.message)
            obstacle = "\n".join(filter(None, (error.message, error.context)))
            self.nodes[node_id] = replace(node, obstacle=obstacle, warnings=warnings)
            return
        self.nodes[node_id] = replace(
            node,
            requires=equipment.requires,
            executed=equipment.executed,
            warnings=(*node.warnings, *equipment.warnings),
        )
        self._connect(node_id, equipment.solution, trail)

    def _connect(self, node_id: str, solution: Solution, trail: Trail) -> None:
        ids = {
            name: self._add(offer, Side.BUILD, solution)
            for name, offer in sorted(solution.pins.items())
        }
        for link in sorted(solution.links, key=str):
            if link.start is not None and self.nodes[ids[link.start]].state is State.PORT:
                edge = Edge(ids[link.start], ids[link.end], EdgeKind.INSTALL, link.text)
                self._company.append(edge)
        for name, end in ids.items():
            self.edges.add(Edge(node_id, end, EdgeKind.BUILD, _stated(name, solution)))
            self._equip(end, solution.pins[name], trail=trail)

    def _accompany(self) -> None:
        """Let build-side ports have beside them what they require to run.

        In several environments they may have met several releases of it: the first counts, to
        verify them. What cannot be there before them is left out: nothing waits for itself.
        """
        after: dict[str, set[str]] = {}
        for edge in self.edges:
            after.setdefault(edge.start, set()).add(edge.end)
        met: set[tuple[str, NormalizedName]] = set()
        for edge in self._company:
            known = (edge.start, self.nodes[edge.end].name)
            if known not in met and not _leads(after, edge.end, edge.start):
                met.add(known)
                after.setdefault(edge.start, set()).add(edge.end)
                self.edges.add(edge)


def _leads(after: Mapping[str, set[str]], start: str, end: str) -> bool:
    """Whether a way of edges leads from one node to the other."""
    seen, left = {start}, [start]
    while left:
        fresh = after.get(left.pop(), set()) - seen
        seen |= fresh
        left += fresh
    return end in seen


def _unusable(offer: Offer, reason: str) -> ResolutionError:
    """A wheel by address says which wheel: no other one is taken, nor is it built silently."""
    return ResolutionError(
        f"{shown(offer.proxies[0].url)} cannot be used: {reason.partition(NO_SDIST)[0]}",
        hint=f"Name the address of its sdist, ask for {offer.name}=={offer.version} alone, or "
        "give its source in a recipe.",
    )


def _stated(name: NormalizedName, solution: Solution) -> str:
    """How the environment asks for a project: the source's own words before a dependency's."""
    texts = [(link.start is not None, link.text) for link in solution.links if link.end == name]
    return min(texts)[1]
