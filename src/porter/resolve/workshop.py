"""What each port is built with: its build environment, and what its build backend has to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.errors import ResolutionError, StepFailed, SurroundingsError
from porter.index.identity import Identity, identity_in
from porter.model import File, Interpreter, Node, Side, State
from porter.recipes import Recipe, Recipes
from porter.resolve.catalog import Catalog
from porter.resolve.cythonized import cured, is_stale
from porter.resolve.era import BuildEnvironment, build_environment, build_requirements, cutoff
from porter.resolve.hooks import (
    METADATA_HOOK,
    Answer,
    Hooks,
    Question,
    ask_for_more,
    may_ask_for_more,
    unheard,
)
from porter.resolve.imported import lacking
from porter.resolve.metadata import Metadata, read_metadata
from porter.resolve.once import Once
from porter.resolve.origin import source_of
from porter.resolve.programs import asked_for
from porter.resolve.request import Request
from porter.resolve.runtime import Runtime
from porter.resolve.satisfied import Present
from porter.resolve.shelf import Offer, Shelf, Window
from porter.resolve.solve import Solution
from porter.resolve.source import BuildSystem, SourceError, read_build_system

UNKNOWN = Version("0")
"""The version of a source before its build backend has told it."""
Release = tuple[NormalizedName, Version]
Trail = tuple[Release, ...]
"""The build-side ports an environment is for, the outermost first."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What a port is built with."""

    requires: tuple[str, ...]
    """As its source states them, then what its backend asked for beside them."""
    solution: Solution
    """The whole build environment."""
    executed: tuple[str, ...] = ()
    """Hooks of its backend that were run to know all this."""
    warnings: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Workshop:
    """Works out build environments for one interpreter."""

    request: Request
    catalog: Catalog
    recipes: Recipes
    interpreter: Interpreter
    runtime: Runtime
    """The build platform's."""
    here: Runtime
    """This machine's, which build backends are asked on: the same one, but for a build by the
    target's own programs."""
    hooks: Hooks | None = None
    """Asks build backends; without one a port that would have to be asked carries a warning."""
    runs_with: Mapping[NormalizedName, Version] = field(default_factory=dict, init=False)
    """What the target's ports will run with, of the projects that are built against."""
    _ran: dict[Release, Metadata | None] = field(default_factory=dict, init=False)
    """Sources whose metadata hook was wanted, with what came of it."""
    _failures: dict[Release, str] = field(default_factory=dict, init=False)
    _foreseen: Once[Offer, None] = field(init=False)

    def __post_init__(self) -> None:
        self._foreseen = Once(self._read_ahead)

    def equip(self, node: Node, offer: Offer, trail: Trail) -> Equipment:
        """A port's build environment.

        Raises `porter.errors.ResolutionError` naming the port, and
        `porter.errors.IndexUnavailable`.
        """
        recipe = self.recipes.find(node.name, node.version)
        equipment = self._equip(
            node, self._source(offer, recipe), recipe, trail, runtime=self.runtime
        )
        release = (node.name, node.version)
        if node.side is not Side.TARGET or release not in self._ran:
            return equipment
        if failure := self._failures.get(release):
            warning = f"its metadata hook could not be run: {failure}"
            return replace(equipment, warnings=(*equipment.warnings, warning))
        return replace(equipment, executed=(METADATA_HOOK, *equipment.executed))

    def foresee(self, offer: Offer) -> None:
        """Ask the index for what `equip` will ask of it; errors come again there."""
        self._foreseen(offer)

    def _read_ahead(self, offer: Offer) -> None:
        recipe = self.recipes.find(offer.name, offer.version)
        source = self._source(offer, recipe)
        if source is not None:
            system, _ = self._build_system(source)
            node = self._provisional(offer.name, offer.version, source)
            self._environment(self.here, node, system, recipe, ())

    def metadata(self, offer: Offer) -> Metadata | None:
        """A source's requirements by its metadata hook; None where that cannot be had."""
        release = (offer.name, offer.version)
        if self.hooks is None:
            return None
        if release not in self._ran:
            self._ran[release] = None
            try:
                self._ran[release] = self._run(offer, self.hooks)
            except (ResolutionError, StepFailed, SurroundingsError) as error:
                self._failures[release] = str(error)
        return self._ran[release]

    def _run(self, offer: Offer, hooks: Hooks) -> Metadata:
        recipe = self.recipes.find(offer.name, offer.version)
        source = self._source(offer, recipe)
        if source is None:
            raise StepFailed("it has no source")
        node = self._provisional(offer.name, offer.version, source)
        return read_metadata(self._written(node, source, recipe, hooks))

    def identify(self, source: File) -> Identity:
        """Name and version of a source by its metadata hook, where no file tells them.

        Of its recipe, what is said for all releases counts. Raises `porter.errors.StepFailed`
        when the hook fails or there is nothing to run it in.
        """
        if self.hooks is None:
            raise StepFailed("only its build backend can tell its version, and cannot be asked")
        node = self._provisional(source.name, UNKNOWN, source)
        try:
            written = self._written(node, source, self.recipes.for_all(source.name), self.hooks)
        except (ResolutionError, StepFailed, SurroundingsError) as error:
            raise StepFailed(f"only its build backend can tell its version: {error}") from error
        return identity_in(written)

    def _written(self, node: Node, source: File, recipe: Recipe | None, hooks: Hooks) -> bytes:
        equipment = self._equip(node, source, recipe, (), runtime=self.here)
        return hooks.metadata(self._question(node, source, recipe, equipment.solution))

    def _provisional(self, name: NormalizedName, version: Version, source: File) -> Node:
        return Node(
            name=name,
            version=version,
            interpreter=self.interpreter,
            side=Side.TARGET,
            state=State.PORT,
            reason="not classified yet",
            source=self.catalog.lock(source),
        )

    def _source(self, offer: Offer, recipe: Recipe | None) -> File | None:
        return source_of(offer, recipe, self.catalog)

    def _equip(
        self,
        node: Node,
        source: File | None,
        recipe: Recipe | None,
        trail: Trail,
        *,
        runtime: Runtime,
    ) -> Equipment:
        """With an environment of `runtime`, for what its backend says in one of this machine."""
        system, warnings = self._build_system(source)
        is_told = recipe is not None and recipe.rules.build_requires.complete
        asked = source if may_ask_for_more(system) and not is_told else None
        place = runtime if asked is None else self.here
        environment, more = self._environment(place, node, system, recipe, trail)
        answer = Answer() if asked is None else self._ask(node, asked, recipe, environment.solution)
        if not answer.heard:
            answer = _as_written(answer, system)
        if answer.requires:
            system = replace(system, requires=(*system.requires, *answer.requires))
        if answer.requires or place != runtime:
            environment, more = self._environment(runtime, node, system, recipe, trail)
        return Equipment(
            requires=system.requires,
            solution=environment.solution,
            executed=answer.executed,
            warnings=(*warnings, *more, *answer.warnings),
        )

    def _ask(
        self, node: Node, source: File, recipe: Recipe | None, environment: Solution
    ) -> Answer:
        """What the backend needs beyond what its source states."""
        if self.hooks is None:
            return unheard("there is nothing to run it in")
        try:
            question = self._question(node, source, recipe, environment)
        except StepFailed as failure:
            return unheard(failure.reason)
        return ask_for_more(self.hooks, question, self._present(node, environment))

    def _present(self, node: Node, environment: Solution) -> Present:
        """What is there when it is asked; the build will judge its answer by the same markers."""

        def tell(name: NormalizedName) -> Metadata:
            wheel = environment.pins[name].wheel
            return (self.catalog.metadata(wheel) if wheel else None) or Metadata()

        versions = {name: offer.version for name, offer in environment.pins.items()}
        return Present(versions, tell, _where(node, self.runtime).markers)

    def _question(
        self, node: Node, source: File, recipe: Recipe | None, environment: Solution
    ) -> Question:
        """Raises `StepFailed` when the environment cannot be put together yet."""
        offers = [environment.pins[name] for name in sorted(environment.pins)]
        if missing := [f"{o.name} {o.version}" for o in offers if o.wheel is None]:
            raise StepFailed(f"{', '.join(missing)} has to be built first")
        release = node.name if node.version == UNKNOWN else f"{node.name}-{node.version}"
        return Question(
            name=f"{release}-{self.interpreter}",
            sdist=self.catalog.download(source),
            wheels=tuple(self.catalog.download(o.wheel) for o in offers if o.wheel is not None),
            platform=self.request.platform,
            interpreter=self.interpreter,
            recipe=recipe,
        )

    def _build_system(self, source: File | None) -> tuple[BuildSystem, tuple[str, ...]]:
        """What the source asks for.

        A source that cannot be read fails when it is built, not here: its warning says so, and
        the rest of the plan stands.
        """
        if source is None:
            return BuildSystem(), ()
        try:
            system = _with_imports(_with_programs(read_build_system(self.catalog.download(source))))
            return self._with_cython(system)
        except (SourceError, StepFailed) as error:
            return BuildSystem(), (f"build requirements unknown: {error}",)

    def _with_cython(self, system: BuildSystem) -> tuple[BuildSystem, tuple[str, ...]]:
        """With what makes its C code anew, where the interpreter does not compile it."""
        if not is_stale(system.cythonized, self.interpreter):
            return system, ()
        why = f"its C code, made by Cython {system.cythonized}, is too old for {self.interpreter}"
        requires = cured(system.requires, self.interpreter, self.runtime.markers)
        return replace(system, requires=requires), (f"{why}: made anew",)

    def _environment(
        self,
        runtime: Runtime,
        node: Node,
        system: BuildSystem,
        recipe: Recipe | None,
        trail: Trail,
    ) -> tuple[BuildEnvironment, tuple[str, ...]]:
        """What it is built with, as it would be on the target; else as for this platform alone."""
        runtime, alone = _where(node, runtime), runtime.for_itself()
        if runtime == alone:
            return self._environment_on(alone, node, system, recipe, trail)
        try:
            return self._environment_on(runtime, node, system, recipe, trail)
        except ResolutionError as error:
            try:
                found, warnings = self._environment_on(alone, node, system, recipe, trail)
            except ResolutionError:
                raise error from None
        arch = self.request.platform.arch
        told = f"nothing meets its build requirements for {arch}; those for {alone.label} are taken"
        return found, (*warnings, told)

    def _environment_on(
        self,
        runtime: Runtime,
        node: Node,
        system: BuildSystem,
        recipe: Recipe | None,
        trail: Trail,
    ) -> tuple[BuildEnvironment, tuple[str, ...]]:
        requirements, warnings = _build_requirements(system, recipe, runtime)
        uploaded = None if node.source is None else node.source.upload_time
        if uploaded is None:
            warnings = (*warnings, "its source has no upload time: built with the tools of today")
        barred: frozenset[NormalizedName] = frozenset()
        while True:
            try:
                environment = build_environment(
                    requirements,
                    shelf=self._build_shelf(runtime, barred),
                    as_of=cutoff(uploaded, self.interpreter),
                    recipe=recipe,
                    runs_with=self.runs_with if node.side is Side.TARGET else {},
                )
            except ResolutionError as error:
                raise _about(node, error, trail if barred else ()) from error
            looping = _looping(environment.solution, trail)
            if not looping:
                return environment, (*warnings, *environment.warnings)
            barred |= looping

    def _build_shelf(self, runtime: Runtime, wheels_only: frozenset[NormalizedName]) -> Shelf:
        return Shelf(
            catalog=self.catalog,
            runtime=runtime,
            window=Window(exclude_newer=self.request.exclude_newer),
            wheels_first=True,
            wheels_only=wheels_only,
        )


def _where(node: Node, runtime: Runtime) -> Runtime:
    """Where it is built, and by whose markers."""
    return runtime.for_itself() if node.side is Side.BUILD else runtime


def _build_requirements(
    system: BuildSystem, recipe: Recipe | None, runtime: Runtime
) -> tuple[tuple[Requirement, ...], tuple[str, ...]]:
    try:
        return build_requirements(system, recipe, runtime.markers), ()
    except SourceError as error:
        defaults = build_requirements(BuildSystem(), recipe, runtime.markers)
        return defaults, (f"{error}; the defaults of PEP 517 are taken",)


def _with_programs(system: BuildSystem) -> BuildSystem:
    """With the programs its setup.py runs; a backend of the source's own is asked what it needs."""
    if not system.is_setuptools:
        return system
    missing = sorted(system.programs - asked_for(system.requires))
    return replace(system, requires=(*system.requires, *missing))


def _as_written(answer: Answer, system: BuildSystem) -> Answer:
    """What a setup.py that could not be asked has as text: better than nothing."""
    written = system.setup_requires
    if not written:
        return answer
    told = f"its setup_requires are taken as they are written: {', '.join(written)}"
    return replace(answer, requires=written, warnings=(*answer.warnings, told))


def _with_imports(system: BuildSystem) -> BuildSystem:
    """With what its setup.py imports and has no table to ask for, and a setuptools that serves."""
    more = (*lacking(system.imports, system.requires), *filter(None, (system.setuptools,)))
    return replace(system, requires=(*system.requires, *more))


def _looping(solution: Solution, trail: Trail) -> frozenset[NormalizedName]:
    """Projects that would have to be built to build themselves: only a wheel of theirs helps."""
    return frozenset(
        name
        for name, offer in solution.pins.items()
        if offer.wheel is None and (name, offer.version) in trail
    )


def _about(node: Node, error: ResolutionError, trail: Trail) -> ResolutionError:
    """The same error, saying for which port, and through which circle it came."""
    circle = " → ".join(f"{name} {version}" for name, version in (*trail, *trail[:1]))
    why = f"its build requirements go in a circle ({circle})" if trail else error.message
    advice = f"Change its build-requires in a recipe (recipes/{node.name}.toml)."
    return ResolutionError(
        f"no build environment for {node.name} {node.version} ({node.interpreter}): {why}",
        context="\n".join(filter(None, (error.message if trail else "", error.context))),
        hint=f"{advice} {error.hint or ''}".rstrip(),
    )
