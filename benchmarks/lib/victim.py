"""A run to be killed: the ``porter build`` command, of which the steps are simulated.

``python benchmarks/lib/victim.py WORKSPACE GRAPH.json``. Command line, lock, recovery, journal,
artifacts, wheelhouse and the running of processes are porter's own; engine, images and index are
replaced: each step is a child process that takes milliseconds and writes its file in pieces.
"""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2] / folder) for folder in ("tests", "benchmarks")]

from fakes.building import BUILD  # noqa: E402  # the fakes lie among the tests
from fakes.engine import FakeEngine, Inside  # noqa: E402
from fakes.running import Rig  # noqa: E402
from fakes.wheels import make_wheel  # noqa: E402
from porter.app import building  # noqa: E402
from porter.build.job import MADE  # noqa: E402
from porter.cli.main import main  # noqa: E402
from porter.engine import Exit, Output, Step, process  # noqa: E402
from porter.graph import decode  # noqa: E402

# What a step does: its wheel, if it makes one, in three pieces, then its answer in two.
# One that is killed ends the step, as any build tool would.
_STEP = """
set -e
pieces() {
  size=$(wc -c < "$1"); half=$((size / 3)); sleep "$3"
  head -c "$half" "$1" > "$2"; sleep "$3"; tail -c +"$((half + 1))" "$1" >> "$2"; sleep "$3"
}
echo working
if [ -n "$4" ]; then pieces "$4" "$5" "$3"; fi
pieces "$1" "$2" "$3"
"""
_PAUSE = "0.003"


class ChildEngine(FakeEngine):
    """Runs each step as a process of its own."""

    def __init__(self, store: Path) -> None:
        super().__init__(name="simulated")
        self._store = store
        self._stop = threading.Event()

    def run(self, step: Step, output: Output) -> Exit:
        """See `porter.engine.Engine.run`."""
        inside = Inside(step)
        port, _, hook = step.name.partition(".")
        wheel = self._wheel(port) if hook == BUILD else None
        answer = self._store / f"{step.name}.json"
        answer.write_text(json.dumps({"return_val": wheel.name if wheel else []}))
        words = [str(answer), str(inside.write("/porter/hook/output.json")), _PAUSE]
        words += [str(wheel), str(inside.write(f"{MADE}/{wheel.name}"))] if wheel else [""]
        argv = ["/bin/sh", "-c", _STEP, "step", *words]
        ended = process.run(argv, output=output, limits=step.limits, stop=self._stop)
        return Exit(ended.code, 0.0)

    def stop(self) -> None:
        """Kill the steps of all threads, for good."""
        self._stop.set()

    def _wheel(self, port: str) -> Path:
        name, version = port.split("-")[:2]
        return make_wheel(
            self._store / port,
            f"{name}-{version}-py3-none-any.whl",
            {f"{name}.py": f"name = {name!r}\n" * 40},
        )


class SimulatedRig(Rig):
    """A rig whose steps are processes."""

    def make_engine(self) -> FakeEngine:
        """See `Rig.make_engine`."""
        store = self.folder / "store"
        store.mkdir(exist_ok=True)
        return ChildEngine(store)


if __name__ == "__main__":
    workspace, graph = map(Path, sys.argv[1:])
    plan = decode(graph.read_bytes())
    # The one seam below the command line: the engine, and the steps that use it.
    building.connected = lambda *_: FakeEngine()  # type: ignore[assignment,return-value]
    building.make_steps = lambda *_, **__: SimulatedRig(workspace, plan).steps()  # type: ignore[assignment]
    sys.argv = ["porter", "build", str(graph), "--workspace", str(workspace), "--quiet"]
    main()
