"""What was asked for by name and has a usable wheel: fetched, verified, put into the wheelhouse.

Whoever says ``porter build X`` wants X in the wheelhouse, proved on the target, whether or not it
had to be built; what X needs beside it stays on the index.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from porter.errors import StepFailed
from porter.index.digest import sha256_of
from porter.model import Ending, Node, Outcome, Phase
from porter.run.attempt import Attempt
from porter.run.events import PhaseStarted
from porter.run.failures import explained
from porter.run.key import Inputs
from porter.run.log import Log
from porter.run.proof import Prover
from porter.run.record import Entry, attempt_of, outcome_of
from porter.run.services import Services
from porter.run.tasks import folder_name
from porter.run.wheels import wheel_for


def deliver(node: Node, prover: Prover, services: Services) -> Outcome:
    """Bring an available node's wheel into the wheelhouse, verified once for each content."""
    return _Delivery(node, prover, services).outcome()


class _Delivery:
    """One wheel on its way."""

    def __init__(self, node: Node, prover: Prover, services: Services) -> None:
        self._node = node
        self._prover = prover
        self._services = services
        self._started = time.monotonic()
        self._inputs: Inputs | None = None
        self._log: Log | None = None
        self._entry: Entry | None = None
        self._phase = Phase.FETCH

    def outcome(self) -> Outcome:
        """Do it; a wheel that fails is an outcome too."""
        try:
            self._enter(Phase.FETCH)
            artifact = wheel_for(self._node, self._node.side)
            inputs = self._inputs = _inputs(artifact.sha256, self._node, self._prover)
            wheel = self._services.fetch(self._node, artifact)
            outcome = self._outcome(wheel, inputs)
            self._services.wheelhouse.publish(wheel, inputs.as_data())
        except StepFailed as failure:
            outcome = self._failed(failure)
        finally:
            if self._entry is not None:  # where it has not come to its end, that was broken off
                self._services.journal.interrupt((self._entry.number,))
            if self._log is not None:
                self._log.close()
        return outcome

    def _enter(self, phase: Phase) -> None:
        self._phase = phase
        if self._entry is not None:
            self._entry.enter(phase)
        self._services.sink(PhaseStarted(self._node, phase, None))

    def _outcome(self, wheel: Path, inputs: Inputs) -> Outcome:
        """What an earlier run proved of the same wheel, or as much more as is asked now."""
        earlier = self._services.journal.success(inputs.key())
        if earlier is not None and self._prover.suffices(earlier, self._node):
            return outcome_of(earlier, self._node, Ending.AVAILABLE, seconds=self._seconds)
        return self._verified(wheel, inputs, earlier)

    def _verified(self, wheel: Path, inputs: Inputs, earlier: Attempt | None) -> Outcome:
        workspace = self._services.workspace
        echo = self._services.echo(self._node)
        self._log = Log.next_in(workspace.logs / folder_name(self._node), echo=echo)
        self._entry = self._begin(inputs)
        self._enter(Phase.VERIFY)
        self._log.heading(Phase.VERIFY)
        workspace.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=workspace.work) as work:
            verified = self._prover.prove(
                wheel,
                self._node,
                work=Path(work),
                engine=self._entry.engine,
                log=self._log,
                earlier=earlier,
            )
        outcome = Outcome(
            self._node.id,
            Ending.AVAILABLE,
            engine=self._services.engine.name,
            seconds=self._seconds,
            key=inputs.key(),
            wheel=wheel.name,
            sha256=sha256_of(wheel),
            verified=verified.level,
            modules=verified.modules,
            tests=verified.tests,
            verified_on=verified.elsewhere,
            warnings=verified.warnings,
            log=self._log_name,
        )
        self._entry.end(outcome)
        return outcome

    def _failed(self, failure: StepFailed) -> Outcome:
        failure = explained(failure, self._log.recent() if self._log else b"")
        outcome = Outcome(
            self._node.id,
            Ending.FAILED,
            phase=self._phase,
            reason=failure.reason,
            context=failure.context,
            hint=failure.hint,
            rule=failure.rule,
            engine=self._services.engine.name,
            seconds=self._seconds,
            key=self._inputs.key() if self._inputs else None,
            log=self._log_name,
        )
        if self._inputs is not None:
            entry = self._entry or self._begin(self._inputs)
            entry.end(outcome)
        return outcome

    def _begin(self, inputs: Inputs) -> Entry:
        attempt = attempt_of(
            self._node,
            inputs,
            platform=inputs.platform,
            strategy=inputs.strategy,
            engine=self._services.engine.name,
            versions=self._services.versions,
            log=self._log_name,
        )
        return Entry(self._services.journal, attempt, self._services.engine)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def _log_name(self) -> str | None:
        if self._log is None:
            return None
        return str(self._log.path.relative_to(self._services.workspace.root))


def _inputs(sha256: str, node: Node, prover: Prover) -> Inputs:
    return Inputs(
        source=sha256,
        interpreter=node.interpreter,
        platform=prover.platform(node),
        strategy=None,
        root="none",
        sysroot="none",
        toolchain="none",
        environment={},
        recipe=None,
        timestamp=None,
        target_root=prover.place(node).digest,
    )
