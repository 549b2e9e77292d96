"""What the runner calls: steps in their order, and the ladder between strategies."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from porter.diagnose import KILLED
from porter.errors import EngineGone, StepFailed
from porter.graph import PortGraph
from porter.model import Ending, Node, Outcome, Phase, State
from porter.run.actions import Actions
from porter.run.again import KILLS, PAUSES, again
from porter.run.deliver import deliver
from porter.run.events import BrokenOff, PhaseEnded, PhaseStarted, PortEnded, RungFailed
from porter.run.executor import StepJob
from porter.run.port import Port
from porter.run.proof import Prover
from porter.run.runner import blocked
from porter.run.schedule import Hopeless
from porter.run.services import Options, Services
from porter.run.wheels import Wheels

T = TypeVar("T")


class Steps:
    """Performs steps and keeps the outcomes of one run (`outcomes`, by node id).

    Steps of several ports may be performed at once, by any thread; those of one port follow each
    other.
    """

    def __init__(self, graph: PortGraph, services: Services, options: Options) -> None:
        self._graph = graph
        self._services = services
        self._ports: dict[str, Port] = {}
        self._wheels = wheels = Wheels(services.fetch)
        self._halted = threading.Event()
        self._prover = Prover(graph, services, options, wheels)
        self._actions = Actions(graph, services, options, wheels=wheels, prover=self._prover)
        self._hopeless = Hopeless(graph)
        self.outcomes: dict[str, Outcome] = {}
        for node in graph.order():
            if node.state is State.NO_SOURCE:
                self._note(Outcome(node.id, Ending.NO_SOURCE, reason=node.reason))

    def recall(self) -> frozenset[str]:
        """End the ports that are finished, and return their ids: nothing is dispatched for them.

        A port's key is known as soon as the wheels of its build environment are; so one pass in
        build order finds all, up to what has changed.
        """
        for node in self._graph.ports():
            if node.id in self._hopeless or node.id not in self._services.served:
                continue
            tools = self._graph.build_environment(node.id)
            if all(map(self._wheels.has, (*tools, *self._graph.twins(node.id).values()))):
                port = self._new_port(node)
                outcome = self._insist(node, partial(self._actions.recall, port))
                if outcome is not None:
                    self._end(node, outcome)
        return frozenset(n for n, outcome in self.outcomes.items() if outcome.ending.has_wheel)

    def known(self, job: StepJob) -> bool | None:
        """Whether a step has ended well, or can only fail; None: it is to be performed.

        A port that is under way goes as far as it can: its log tells more than "blocked" does.
        """
        ended = self.outcomes.get(job.port)
        if ended is not None:
            return ended.ending.has_wheel
        if job.port in self._hopeless and job.port not in self._ports:
            return False
        return None

    def perform(self, job: StepJob) -> bool:
        """Do one step; False when the port failed in it (its outcome says why).

        Raises:
            PorterError: trouble that is not the package's.
        """
        known = self.known(job)
        if known is not None:
            return known
        node = self._graph.node(job.port)
        if node.state is State.AVAILABLE:
            self._end(
                node, self._insist(node, partial(deliver, node, self._prover, self._services))
            )
        else:
            self._climb(self._port(node), job.phase)
        ended = self.outcomes.get(node.id)
        return ended is None or ended.ending.has_wheel

    def finish(self) -> tuple[Outcome, ...]:
        """Every outcome, in build order; what was never reached is blocked."""
        for outcome in tuple(blocked(self._graph, self.outcomes)):
            self._end(self._graph.node(outcome.id), outcome)
        order = (node.id for node in self._graph.order())
        return tuple(self.outcomes[node_id] for node_id in order if node_id in self.outcomes)

    def halt(self) -> None:
        """Let the steps under way end soon: what they run is killed."""
        self._halted.set()
        self._services.engine.stop()

    def close(self) -> None:
        """Close the logs of ports that were under way; their attempts were interrupted."""
        for port in self._ports.values():
            if port.log is not None:
                port.log.close()
        entries = [port.entry for port in self._ports.values() if port.entry is not None]
        self._services.journal.interrupt(entry.number for entry in entries)

    def _port(self, node: Node) -> Port:
        if node.id not in self._ports:
            self._ports[node.id] = self._new_port(node)
        return self._ports[node.id]

    def _new_port(self, node: Node) -> Port:
        ladder = self._insist(node, partial(self._services.ladder, node))
        return Port(node, list(ladder.rungs), ladder.left_out, ladder.refused)

    def _climb(self, port: Port, phase: Phase) -> None:
        """Bring a port as far as a phase, on the first rung that carries it so far."""
        while True:
            try:
                self._insist(port.node, partial(self._catch_up, port, phase))
            except StepFailed as failed:
                failure = self._actions.explain(port, failed)
                if not (self._spared(port, failure) or self._next_rung(port, failure)):
                    return
            else:
                return

    def _catch_up(self, port: Port, phase: Phase) -> None:
        """Do every phase up to this one that the present rung has not done yet."""
        for earlier in Phase:
            if earlier not in port.done:
                port.phase = earlier
                self._services.sink(PhaseStarted(port.node, earlier, port.rung))
                if port.log is not None and earlier is not Phase.FETCH:
                    port.log.heading(f"{earlier} ({port.rung})")
                if port.entry is not None:
                    port.entry.enter(earlier)
                outcome = self._timed(port, earlier)
                port.done.add(earlier)
                self._services.sink(PhaseEnded(port.node, earlier))
                if outcome is not None:
                    self._end(port.node, outcome)
                    return
            if earlier is phase:
                return

    def _timed(self, port: Port, phase: Phase) -> Outcome | None:
        with port.watch.running():
            outcome = self._actions.perform(port, phase)
        if port.entry is not None and outcome is None:
            port.entry.leave()
        return outcome

    def _insist(self, node: Node, act: Callable[[], T]) -> T:
        """Do something, again where the engine went away in the midst of it."""

        def broken_off(error: EngineGone, pause: float) -> None:
            self._broken_off(node, error.message, pause)

        return again(act, broken_off=broken_off, pause=self._pause)

    def _spared(self, port: Port, failure: StepFailed) -> bool:
        """Whether a rung stays, to be tried again after a pause: it was killed from outside."""
        if failure.rule != KILLED or port.kills == KILLS:
            return False
        pause = PAUSES[port.kills]
        port.kills += 1
        self._broken_off(port.node, failure.reason, pause)
        self._pause(pause)
        return True

    def _broken_off(self, node: Node, reason: str, pause: float) -> None:
        """Tell of it, and let the phase begin anew."""
        self._services.sink(BrokenOff(node, reason, pause))
        port = self._ports.get(node.id)
        if port is not None and port.phase is Phase.BUILD:
            # What the build has left of the source tree is nothing to begin from.
            port.done.discard(Phase.PREPARE)

    def _pause(self, seconds: float) -> None:
        (self._services.pause or self._halted.wait)(seconds)

    def _next_rung(self, port: Port, failure: StepFailed) -> bool:
        """Record a failed rung (`explain`ed) and go to the next one; False when there is none."""
        outcome, left, phase = self._actions.failed(port, failure), port.rung, port.phase
        following = port.climb(failure)
        if following is None:
            self._end(port.node, outcome)
            return False
        self._services.sink(RungFailed(port.node, phase, left, failure.reason, following))
        return True

    def _note(self, outcome: Outcome) -> None:
        self.outcomes[outcome.id] = outcome
        if outcome.ending in {Ending.FAILED, Ending.NO_SOURCE}:
            self._hopeless.add(outcome.id)

    def _end(self, node: Node, outcome: Outcome) -> None:
        self._note(outcome)
        port = self._ports.get(node.id)
        if port is not None and port.log is not None:
            port.log.close()
        self._services.sink(PortEnded(node, outcome))
