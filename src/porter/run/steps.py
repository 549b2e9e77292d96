"""The six steps of a port, and the ladder: a strategy that fails hands over to the next one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from porter.build import Job, Prepared, compile_wheel, prepare
from porter.engine import Limits, Output
from porter.errors import StepFailed
from porter.graph import PortGraph
from porter.model import Artifact, Ending, Node, Outcome, Phase, State, Strategy
from porter.recipes import Recipe
from porter.repair import repair
from porter.run.deliver import deliver
from porter.run.events import PhaseStarted, PortEnded, RungFailed
from porter.run.key import Inputs
from porter.run.kits import Kit
from porter.run.log import Log
from porter.run.proof import Prover
from porter.run.record import attempt_of, outcome_of
from porter.run.runner import blocked
from porter.run.services import Options, Services
from porter.run.tasks import folder_name
from porter.run.wheels import Wheels
from porter.toolchain.sandbox import SYSROOT
from porter.verify import Verified

T = TypeVar("T")

# The earliest time a zip archive can hold: used where the index tells no upload time.
_ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
_GOOD = frozenset({Ending.BUILT, Ending.CACHED, Ending.AVAILABLE})


@dataclass(slots=True)
class _Port:
    """A port under way: which rung it is on and what its steps have made so far."""

    node: Node
    rungs: list[Strategy]
    phase: Phase = Phase.FETCH
    done: set[Phase] = field(default_factory=set)
    """The phases the present rung has been through."""
    failures: list[str] = field(default_factory=list)
    """What became of earlier rungs."""
    started: float = field(default_factory=time.monotonic)
    attempts: int = 0
    kit: Kit | None = None
    inputs: Inputs | None = None
    log: Log | None = None
    sdist: Path | None = None
    prepared: Prepared | None = None
    raw: Path | None = None
    kept: Path | None = None
    """The repaired wheel; from its step, or of an earlier run."""
    grafted: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    """Warnings of the steps that made `kept`."""
    ending: Ending = Ending.BUILT
    verified: Verified | None = None

    @property
    def seconds(self) -> float:
        """Since its first step."""
        return time.monotonic() - self.started


class Steps:
    """Performs steps and keeps the outcomes of one run (`outcomes`, by node id)."""

    def __init__(self, graph: PortGraph, services: Services, options: Options) -> None:
        self._graph = graph
        self._services = services
        self._options = options
        self._ports: dict[str, _Port] = {}
        self._wheels = Wheels(services.fetch)
        self._prover = Prover(graph, services, options, self._wheels)
        self.outcomes: dict[str, Outcome] = {
            node.id: Outcome(node.id, Ending.NO_SOURCE, reason=node.reason)
            for node in graph.order()
            if node.state is State.NO_SOURCE
        }
        self._actions: dict[Phase, Callable[[_Port], None]] = {
            Phase.FETCH: self._fetch,
            Phase.PREPARE: self._prepare,
            Phase.BUILD: self._build,
            Phase.REPAIR: self._repair,
            Phase.VERIFY: self._verify,
            Phase.PUBLISH: self._publish,
        }

    # --- what the runner calls ----------------------------------------------------------------

    def perform(self, node: Node, phase: Phase) -> bool:
        """Do one step; False when the port failed in it (its outcome says why).

        Raises:
            PorterError: trouble that is not the package's.
        """
        if node.id in self.outcomes:
            return self.outcomes[node.id].ending in _GOOD
        if node.state is State.AVAILABLE:
            outcome = deliver(node, self._prover, self._services)
            self._end(node, outcome)
            return outcome.ending in _GOOD
        port = self._ports.get(node.id)
        if port is None:
            port = self._ports[node.id] = _Port(node, list(self._services.ladder(node)))
        while True:
            try:
                self._catch_up(port, phase)
            except StepFailed as failure:
                if not self._next_rung(port, failure):
                    return False
            else:
                return True

    def finish(self) -> tuple[Outcome, ...]:
        """Every outcome, in build order; what was never reached is blocked."""
        for outcome in tuple(blocked(self._graph, self.outcomes)):
            self._end(self._graph.node(outcome.id), outcome)
        order = (node.id for node in self._graph.order())
        return tuple(self.outcomes[node_id] for node_id in order if node_id in self.outcomes)

    def close(self) -> None:
        """Close the logs of ports that were under way."""
        for port in self._ports.values():
            if port.log is not None:
                port.log.close()

    # --- the ladder ---------------------------------------------------------------------------

    def _catch_up(self, port: _Port, phase: Phase) -> None:
        """Do every phase up to this one that the present rung has not done yet."""
        for earlier in Phase:
            if port.node.id in self.outcomes:
                return
            if earlier not in port.done:
                port.phase = earlier
                self._services.sink(PhaseStarted(port.node, earlier, port.rungs[0]))
                if port.log is not None:
                    port.log.heading(f"{earlier} ({port.rungs[0]})")
                self._actions[earlier](port)
                port.done.add(earlier)
            if earlier is phase:
                return

    def _next_rung(self, port: _Port, failure: StepFailed) -> bool:
        """Record a failed rung and go to the next one; False when there is none."""
        outcome = self._failed(port, failure)
        self._journal(port, outcome)
        # What cannot be fetched on one rung cannot be fetched on another.
        if port.phase is Phase.FETCH or len(port.rungs) == 1:
            self._end(port.node, outcome)
            return False
        failed = port.rungs.pop(0)
        self._services.sink(
            RungFailed(port.node, port.phase, failed, failure.reason, port.rungs[0])
        )
        port.failures.append(f"{failed} failed in {port.phase}: {failure.reason}")
        port.done.clear()
        port.kept, port.ending = None, Ending.BUILT
        return True

    # --- the steps ----------------------------------------------------------------------------

    def _fetch(self, port: _Port) -> None:
        port.kit = self._services.kits.get(port.rungs[0], port.node.interpreter)
        port.inputs = self._inputs(port, port.kit)
        if port.node.name not in self._options.rebuild:
            self._reuse(port)
        if port.node.id in self.outcomes:
            return
        port.attempts += 1
        if port.log is not None:
            port.log.close()
        number = len(self._services.journal.attempts(port.node.id)) + 1
        port.log = Log(
            self._services.workspace.logs / folder_name(port.node) / f"{number}.log",
            echo=self._services.echo,
        )
        port.log.heading(f"fetch ({port.rungs[0]})")
        if port.kept is not None:
            return
        port.sdist = self._services.fetch(port.node, _source(port.node))

    def _prepare(self, port: _Port) -> None:
        kit, recipe = _there(port.kit), self._services.recipe(port.node)
        environment = self._graph.build_environment(port.node.id)
        uploaded = _source(port.node).upload_time or _ZIP_EPOCH
        job = Job(
            name=folder_name(port.node),
            sdist=_there(port.sdist),
            wheels=tuple(self._wheels.path(node, port.rungs[0]) for node in environment),
            platform=kit.platform,
            interpreter=port.node.interpreter,
            root=kit.root,
            toolchain=kit.toolchain,
            work=self._services.workspace.work / folder_name(port.node),
            timestamp=int(max(uploaded, _ZIP_EPOCH).timestamp()),
            env=_recipe_env(recipe, port.rungs[0], kit) if recipe else {},
            config_settings=recipe.rules.config_settings if recipe else {},
            patches=recipe.patches if recipe else (),
            limits=Limits(seconds=self._options.timeout),
        )
        port.prepared = prepare(job, engine=self._services.engine, output=self._output(port))

    def _build(self, port: _Port) -> None:
        port.raw = compile_wheel(
            _there(port.prepared), engine=self._services.engine, output=self._output(port)
        )

    def _repair(self, port: _Port) -> None:
        job = _there(port.prepared).job
        repaired = repair(
            _there(port.raw),
            platform=self._graph.plan.target.platform,
            sysroot=_there(port.kit).sysroot,
            work=job.work / "repair",
            out=job.work / "repaired",
            timestamp=job.timestamp,
        )
        port.kept, port.earlier, port.grafted = (
            repaired.wheel,
            repaired.warnings,
            repaired.grafted,
        )

    def _verify(self, port: _Port) -> None:
        port.verified = self._prover.prove(
            _there(port.kept),
            port.node,
            work=self._services.workspace.work / folder_name(port.node) / "verify",
            output=self._output(port),
        )

    def _publish(self, port: _Port) -> None:
        inputs, verified = _there(port.inputs), _there(port.verified)
        key = inputs.key()
        kept, sha256 = self._services.artifacts.add(key, _there(port.kept))
        self._services.wheelhouse.publish(kept, inputs.as_data())
        outcome = Outcome(
            port.node.id,
            port.ending,
            strategy=port.rungs[0],
            engine=self._services.engine.name,
            attempts=port.attempts,
            seconds=port.seconds,
            key=key,
            wheel=kept.name,
            grafted=port.grafted,
            sha256=sha256,
            verified=verified.level,
            modules=verified.modules,
            tests=verified.tests,
            warnings=(*port.earlier, *verified.warnings, *port.failures),
            log=self._log_name(port),
        )
        self._journal(port, outcome)
        self._wheels.add(port.node, kept)
        self._end(port.node, outcome)

    # --- reuse --------------------------------------------------------------------------------

    def _reuse(self, port: _Port) -> None:
        """Take what the journal and the artifacts say is finished.

        A wheel that is not proved as far as asked goes on to be verified; otherwise it is cached.
        """
        key = _there(port.inputs).key()
        attempt = self._services.journal.success(key)
        if attempt is None or attempt.wheel is None or attempt.sha256 is None:
            return
        kept = self._services.artifacts.find(key, filename=attempt.wheel, sha256=attempt.sha256)
        if kept is None:
            return
        port.kept, port.ending, port.earlier = kept, Ending.CACHED, attempt.warnings
        port.done |= {Phase.PREPARE, Phase.BUILD, Phase.REPAIR}
        if self._prover.suffices(attempt.verified, port.node):
            self._services.wheelhouse.publish(kept, attempt.inputs)
            self._wheels.add(port.node, kept)
            self._end(port.node, outcome_of(attempt, Ending.CACHED, seconds=port.seconds))

    def _inputs(self, port: _Port, kit: Kit) -> Inputs:
        recipe = self._services.recipe(port.node)
        return Inputs(
            source=_source(port.node).sha256,
            interpreter=port.node.interpreter,
            platform=self._graph.plan.target.platform,
            strategy=port.rungs[0],
            root=kit.root.digest,
            target_root=self._services.kits.proving(port.node.interpreter).digest,
            toolchain=kit.toolchain.digest,
            environment=dict(
                self._wheels.identity(node, port.rungs[0])
                for node in self._graph.build_environment(port.node.id)
            ),
            recipe=recipe.digest if recipe else None,
        )

    # --- endings ------------------------------------------------------------------------------

    def _failed(self, port: _Port, failure: StepFailed) -> Outcome:
        return Outcome(
            port.node.id,
            Ending.FAILED,
            phase=port.phase,
            reason=failure.reason,
            context=failure.context or (port.log.tail() if port.log else ""),
            hint=failure.hint,
            strategy=port.rungs[0],
            engine=self._services.engine.name,
            attempts=port.attempts,
            seconds=port.seconds,
            key=port.inputs.key() if port.inputs else None,
            warnings=tuple(port.failures),
            log=self._log_name(port),
        )

    def _end(self, node: Node, outcome: Outcome) -> None:
        self.outcomes[node.id] = outcome
        self._services.sink(PortEnded(node, outcome))

    def _journal(self, port: _Port, outcome: Outcome) -> None:
        if port.inputs is not None:
            row = attempt_of(outcome, port.inputs, engine=self._services.engine.name)
            self._services.journal.add(row)

    def _output(self, port: _Port) -> Output:
        return _there(port.log).write

    def _log_name(self, port: _Port) -> str | None:
        if port.log is None:
            return None
        return str(port.log.path.relative_to(self._services.workspace.root))


def _recipe_env(recipe: Recipe, strategy: Strategy, kit: Kit) -> dict[str, str]:
    """A recipe's variables; the sysroot is a folder for cross, and the root itself otherwise."""
    sysroot = SYSROOT if strategy is Strategy.CROSS else ""
    return recipe.environment(triple=kit.platform.arch.triple, sysroot=sysroot)


def _source(node: Node) -> Artifact:
    if node.source is None:
        raise StepFailed(f"the plan names no source for {node.id}", hint="Make the plan anew.")
    return node.source


def _there(value: T | None) -> T:
    """A value an earlier step has left; doit's order guarantees that it has."""
    if value is None:
        raise AssertionError("a step ran before the one it depends on")
    return value
