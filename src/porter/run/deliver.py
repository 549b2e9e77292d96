"""What was asked for by name and has a usable wheel: fetched, verified, put into the wheelhouse.

Whoever says ``porter build X`` wants X in the wheelhouse, proved on the target, whether or not it
had to be built; what X needs beside it stays on the index.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from porter.errors import StepFailed
from porter.model import Ending, Node, Outcome, Phase, Strategy
from porter.run.artifacts import file_sha256
from porter.run.events import PhaseStarted
from porter.run.key import Inputs
from porter.run.log import Log
from porter.run.proof import Prover
from porter.run.record import attempt_of, outcome_of
from porter.run.services import Services
from porter.run.tasks import folder_name
from porter.run.wheels import wheel_for


def deliver(node: Node, prover: Prover, services: Services) -> Outcome:
    """Bring an available node's wheel into the wheelhouse, verified once for each content."""
    started = time.monotonic()
    phase = Phase.FETCH
    log = Log(services.workspace.logs / folder_name(node) / "delivery.log", echo=services.echo)
    try:
        services.sink(PhaseStarted(node, phase, None))
        artifact = wheel_for(node, Strategy.NATIVE)
        wheel = services.fetch(node, artifact)
        inputs = _inputs(artifact.sha256, node, prover)
        attempt = services.journal.success(inputs.key())
        if attempt and prover.suffices(attempt.verified, node):
            services.wheelhouse.publish(wheel, inputs.as_data())
            return outcome_of(attempt, Ending.AVAILABLE, seconds=time.monotonic() - started)
        phase = Phase.VERIFY
        services.sink(PhaseStarted(node, phase, None))
        services.workspace.work.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=services.workspace.work) as work:
            verified = prover.prove(wheel, node, work=Path(work), output=log.write)
        outcome = Outcome(
            node.id,
            Ending.AVAILABLE,
            engine=services.engine.name,
            seconds=time.monotonic() - started,
            key=inputs.key(),
            wheel=wheel.name,
            sha256=file_sha256(wheel),
            verified=verified.level,
            modules=verified.modules,
            tests=verified.tests,
            warnings=verified.warnings,
        )
        services.wheelhouse.publish(wheel, inputs.as_data())
        services.journal.add(attempt_of(outcome, inputs, engine=services.engine.name))
    except StepFailed as failure:
        return Outcome(
            node.id,
            Ending.FAILED,
            phase=phase,
            reason=failure.reason,
            context=failure.context,
            hint=failure.hint,
            seconds=time.monotonic() - started,
        )
    else:
        return outcome
    finally:
        log.close()


def _inputs(sha256: str, node: Node, prover: Prover) -> Inputs:
    return Inputs(
        source=sha256,
        interpreter=node.interpreter,
        platform=prover.platform,
        strategy=None,
        root="none",
        target_root=prover.place(node).digest,
        toolchain="none",
        environment={},
        recipe=None,
    )
