"""Nothing to do: the whole process of a run that finds everything finished.

The plans are made up; the wheels are some bytes each, kept, published and journalled as a run
leaves them. Key, journal, artifacts and wheelhouse are looked at for every port.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from lib.measure import Measured, measured, middle
from lib.report import table, write_section
from lib.shapes import layers, made_up
from porter.app import Execution, Selection, building
from porter.app.planning import indexes
from porter.config import Workspace
from porter.graph import PortGraph, encode
from porter.model import Node, Plan
from porter.run import Steps
from porter.run.port import there
from porter.run.record import attempt_of

SIZES = (25, 1_000, 10_000)
ROUNDS = 5


def measure(size: int) -> Measured:
    """Finish a plan of this size without building it, then ask porter to build it."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Workspace(Path(scratch))
        plan = made_up(layers(size))
        path = place.graphs / "made-up.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(encode(plan))
        with _without_waiting_for_the_disk():
            _finish(plan, place)
        command = [sys.executable, "-m", "porter", "build", str(path), "--engine", "local"]
        command += ["--offline", "-q", "--workspace", scratch]
        measured(command)  # the first run compiles modules, and looks for the interpreter
        runs = [measured(command) for _ in range(ROUNDS)]
        assert not place.logs.exists(), "something was built"
    return middle(runs)


@contextmanager
def _without_waiting_for_the_disk() -> Iterator[None]:
    real = os.fsync
    os.fsync = lambda _: None  # type: ignore[assignment]  # only while the workspace is made
    try:
        yield
    finally:
        os.fsync = real


def _finish(plan: Plan, place: Workspace) -> None:
    """Leave behind what a run of the plan leaves."""
    graph = PortGraph(plan)
    execution = Execution(engine="local")
    with closing(indexes(Selection(offline=True), _silent)) as index:
        steps = building.make_steps(
            graph,
            execution,
            engine=building.connected(execution, _silent),
            place=place,
            index=index,
            notice=_silent,
            sink=_silent,
        )
        for node in graph.ports():
            _pretend(steps, node)


def _pretend(steps: Steps, node: Node) -> None:
    services, port = steps._services, steps._new_port(node)
    steps._actions.recall(port)
    inputs, content = there(port.inputs), node.id.encode()
    wheel = services.workspace.root / f"{node.name}-1-py3-none-any.whl"
    wheel.write_bytes(content)
    kept, sha256 = services.artifacts.add(inputs.key(), wheel)
    services.wheelhouse.folder.mkdir(exist_ok=True)
    wheel.rename(services.wheelhouse.folder / wheel.name)
    begun = attempt_of(node, inputs, engine="local", versions=services.versions, log=None)
    services.journal.begin(
        replace(begun, outcome="built", wheel=wheel.name, sha256=sha256, verified="import")
    )
    steps._wheels.add(node, kept, hashlib.sha256(content).hexdigest())


def _silent(_value: object) -> None: ...


def main() -> None:
    """Measure, and write the table."""
    found = {size: measure(size) for size in SIZES}
    rows = [
        (f"{size:,}", f"{run.seconds:.2f} s", f"{run.cpu:.2f} s", f"{run.peak:.0f} MiB")
        for size, run in found.items()
    ]
    made = table(["finished ports", "whole process", "processor time", "peak memory"], rows)
    write_section("idle", f"Medians of {ROUNDS} whole processes.\n\n{made}")
    print(made)


if __name__ == "__main__":
    main()
