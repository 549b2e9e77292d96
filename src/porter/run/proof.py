"""Proves wheels on the target platform, with the wheels they need beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from porter.engine import Engine, Limits, Output
from porter.environment import open_wheel
from porter.errors import StepFailed
from porter.graph import PortGraph
from porter.model import Node, Platform, Side, State
from porter.recipes import Rules, SystemPackages
from porter.recipes.schema import Tests
from porter.resolve import target_tags
from porter.resolve.metadata import read_metadata
from porter.run.attempt import Attempt
from porter.run.kits import NO_PACKAGES, Proving
from porter.run.log import Log
from porter.run.services import Options, Services
from porter.run.wheels import Wheels
from porter.verify import (
    DEFAULT_LIMITS,
    TESTS_LIMITS,
    Level,
    Ours,
    Parity,
    Suite,
    Verified,
    compare,
    left_to_the_system,
    packages_with,
    verify,
)


class Prover:
    """Verifies the wheels of one run as far as its options ask."""

    def __init__(
        self, graph: PortGraph, services: Services, options: Options, wheels: Wheels
    ) -> None:
        self._graph = graph
        self._services = services
        self._options = options
        self._wheels = wheels

    def platform(self, node: Node) -> Platform:
        """What a node's wheel is for."""
        return self._services.kits[node.side].platform

    def place(self, node: Node, packages: SystemPackages = NO_PACKAGES) -> Proving:
        """Where a node's wheel is proved; with packages added to the root."""
        return self._services.kits[node.side].proving(node.interpreter, packages)

    def suffices(self, attempt: Attempt, node: Node) -> bool:
        """Whether what was proved of a wheel before is as much as can be and is asked now."""
        if not attempt.verified_on.keys() >= set(self._distributions(node)):
            return False
        asked = Level.IMPORT if self._untested(self._tests(node)) else Level(self._options.verify)
        place = self.place(node)
        if place.root is None or asked is Level.NONE:
            return True
        order = list(Level)
        reached = order.index(Level(attempt.verified)) >= order.index(asked)
        return reached and attempt.inputs["target_root"] == place.digest

    def prove(
        self,
        wheel: Path,
        node: Node,
        *,
        work: Path,
        engine: Engine,
        log: Log,
        earlier: Attempt | None,
    ) -> Verified:
        """Verify a node's wheel; the results of its tests are kept beside the log.

        Where the wheel worked on another distribution in an `earlier` attempt, it still does.

        Raises:
            StepFailed: it lacks a module of upstream's wheel, cannot be installed or imported, or
                one of its tests fails.
            EngineError: the engine stopped answering.
        """
        parity = self._parity(wheel, node)
        _, later = self._closure(node)
        dependencies, before = self._beside(node)
        place = self.place(node, self._packages((wheel, *dependencies)))
        tests = self._tests(node)
        output = log.write
        verified = verify(
            wheel,
            dependencies=dependencies,
            before=before,
            unimportable=self._rules(node).unimportable,
            engine=engine,
            root=place.root,
            platform=self.platform(node),
            interpreter=node.interpreter,
            work=work,
            output=output,
            level=Level.IMPORT if self._untested(tests) else self._options.verify,
            suite=self._suite(node, tests, log) if tests else None,
            limits=self._options.limits(TESTS_LIMITS.seconds) if tests else self._limits,
        )
        without = tuple(f"verified without {needed.id}, which needs it itself" for needed in later)
        told = parity.warnings if parity else ()
        return replace(
            verified,
            elsewhere=_proved_on(earlier)
            | {
                name: self._prove_on(name, wheel, node, work=work, engine=engine, output=output)
                for name in self._distributions(node)
            },
            parity=parity.said if parity else None,
            warnings=(
                *self._warnings(verified, place, node, tests),
                *without,
                *_company(before),
                *told,
                *_named(left_to_the_system([wheel])),
            ),
        )

    def _distributions(self, node: Node) -> tuple[str, ...]:
        return self._options.verify_on if node.side is Side.TARGET else ()

    def _prove_on(
        self,
        distribution: str,
        wheel: Path,
        node: Node,
        *,
        work: Path,
        engine: Engine,
        output: Output,
    ) -> str:
        """``import``, or why it cannot be tried there; a wheel that fails raises `StepFailed`."""
        there = self._services.kits[node.side].elsewhere(distribution)
        dependencies, before = self._beside(node)
        accepted = frozenset(target_tags(there.platform, there.interpreter))
        for each in (wheel, *dependencies):
            if accepted.isdisjoint(parse_wheel_filename(each.name)[3]):
                glibc = ".".join(map(str, there.platform.policy.glibc))
                python = there.interpreter.version
                return f"not tried: {each.name} is not for its Python {python}, glibc {glibc}"
        try:
            verified = verify(
                wheel,
                dependencies=dependencies,
                before=before,
                unimportable=self._rules(node).unimportable,
                engine=engine,
                root=there.root(self._packages((wheel, *dependencies))),
                platform=there.platform,
                interpreter=there.interpreter,
                work=work,
                output=output,
                limits=self._limits,
            )
        except StepFailed as failure:
            raise StepFailed(
                f"on {distribution}: {failure.reason}",
                context=failure.context,
                hint=failure.hint,
                rule=failure.rule,
            ) from failure
        # What this machine cannot run is a warning, as on the target's own root.
        return verified.level if verified.level != Level.NONE else ", ".join(verified.warnings)

    def _parity(self, wheel: Path, node: Node) -> Parity | None:
        """A built wheel compared with upstream's; None for one that is upstream's itself."""
        if node.state is not State.PORT:
            return None
        with open_wheel(wheel) as (archive, contents):
            metadata = read_metadata(archive.read(f"{contents.dist_info}/METADATA"))
        return compare(
            Ours(wheel.name, contents.names, frozenset(map(str, metadata.requirements))),
            self._services.upstream(node),
            self._rules(node).upstream_only,
        )

    def _rules(self, node: Node) -> Rules:
        recipe = self._services.recipe(node)
        return recipe.rules if recipe else Rules()

    @property
    def _limits(self) -> Limits:
        """Of each command: what a person asked for, else what verifying allows by itself."""
        return self._options.limits(DEFAULT_LIMITS.seconds)

    def _closure(self, node: Node) -> tuple[list[Node], list[Node]]:
        """What it needs installed; and, of a circle of ports, those that are built after it."""
        closure = self._graph.install_closure(node.id)
        here = [needed for needed in closure if self._wheels.has(needed)]
        return here, [needed for needed in closure if needed not in here]

    def _beside(self, node: Node) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """The wheels installed with a node's, and those of them that are imported before it."""
        needed, _ = self._closure(node)
        wheels = tuple(self._wheels.path(each, node.side) for each in needed)
        asked = tuple(
            text.replace("{version}", str(node.version)) for text in self._rules(node).imported_with
        )
        if not asked:
            return wheels, ()
        company = self._companions(node, asked, wheels)
        names = {canonicalize_name(Requirement(text).name) for text in asked}
        before = tuple(w for w in company if parse_wheel_filename(w.name)[0] in names)
        return (*wheels, *company), before

    def _tests(self, node: Node) -> Tests | None:
        """What a recipe names as the node's tests, where tests are asked for."""
        recipe = self._services.recipe(node)
        if recipe is None or self._options.verify != Level.TESTS or not recipe.rules.tests.named:
            return None
        return None if self._out_of_reach(node) else recipe.rules.tests

    def _out_of_reach(self, node: Node) -> bool:
        """Whether its tests lie in a source that the plan, which has a wheel of it, leaves out."""
        recipe = self._services.recipe(node)
        return node.source is None and recipe is not None and bool(recipe.rules.tests.files)

    def _suite(self, node: Node, tests: Tests, log: Log) -> Suite:
        source = node.source if tests.files else None
        return Suite(
            modules=tests.modules,
            command=tests.command,
            files=tests.files,
            source=self._services.fetch(node, source) if source else None,
            wheels=self._companions(node, tests.requires, self._beside(node)[0]),
            known_failures=tests.known_failures,
            report=log.results,
        )

    def _packages(self, wheels: Iterable[Path]) -> SystemPackages:
        """What a root is given to prove wheels in: libraries they may expect of every system."""
        asked = Level(self._options.verify) is not Level.NONE
        return packages_with(left_to_the_system(wheels)) if asked else NO_PACKAGES

    def _untested(self, tests: Tests | None) -> bool:
        return self._options.verify == Level.TESTS and tests is None

    def _companions(
        self, node: Node, requirements: Sequence[str], wheels: Sequence[Path]
    ) -> tuple[Path, ...]:
        """What satisfies the requirements beside a node and these wheels."""
        closure = self._graph.install_closure(node.id)
        installed = {each.name: each.version for each in (node, *closure)}
        installed |= dict(parse_wheel_filename(wheel.name)[:2] for wheel in wheels)
        return self._services.companions(node, requirements, installed)

    def _warnings(
        self, verified: Verified, place: Proving, node: Node, tests: Tests | None
    ) -> Iterator[str]:
        if place.root is None and self._options.verify != Level.NONE:
            yield f"not verified: {place.why_not}"
        else:
            yield from verified.warnings
        if self._untested(tests):
            where = "its tests lie in its source, which the plan does not name"
            why = where if self._out_of_reach(node) else "no recipe names its tests"
            yield f"{why}: it was imported only"


def _proved_on(attempt: Attempt | None) -> dict[str, str]:
    """Where a wheel worked, by distribution; not where it could not be tried."""
    found = attempt.verified_on if attempt else {}
    return {name: level for name, level in found.items() if level == Level.IMPORT}


def _company(wheels: Sequence[Path]) -> Iterator[str]:
    if wheels:
        names = " and ".join(wheel.name for wheel in wheels)
        yield f"imported after {names}, as its recipe says"


def _named(libraries: Iterable[str]) -> Iterator[str]:
    if names := ", ".join(sorted(libraries)):
        yield f"needs {names} of the system, as every manylinux policy allows; slim ones lack it"
