"""Kills runs at random moments and resumes them (``python benchmarks/faults.py``).

Without words: 200 kills over a simulated graph. ``real ENGINE [KILLS]``: 10 kills over a real one,
wrapt, markupsafe and regex for cp39, built from source. Writes its table into
docs/explanation/reliability.md; ends with status 1 when anything was not as it has to be.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from lib.campaign import Campaign  # noqa: E402  # the fakes lie among the tests
from lib.report import RELIABILITY, machine, table, write_plain  # noqa: E402
from porter.engine.containers import OWNER_LABEL  # noqa: E402
from porter.engine.owner import Owner  # noqa: E402
from porter.graph import encode  # noqa: E402
from porter.model import Plan, State  # noqa: E402
from unit.graph.plans import needs, plan, tool  # noqa: E402

PORTS = 24
REAL = ("wrapt==1.12.1", "markupsafe==1.1.1", "regex==2020.11.13")
_KILLS = {"simulated": 200, "real": 10}
_VICTIM = Path(__file__).parent / "lib" / "victim.py"


def simulated_plan(seed: int, ports: int = PORTS) -> Plan:
    """Ports that are built with up to three of those before them."""
    chance = random.Random(seed)  # noqa: S311  # no secrets here
    setuptools = tool("setuptools")
    nodes = [tool(f"p{number}", State.PORT) for number in range(ports)]
    edges = []
    for number, port in enumerate(nodes):
        built_with = chance.sample(nodes[:number], k=min(number, chance.randrange(4)))
        edges += needs(port, setuptools, *built_with)
    return plan([setuptools, *nodes], edges, "p0")


def simulated(folder: Path, seed: int, ports: int = PORTS) -> Campaign:
    """A campaign over a simulated graph."""
    graph = folder / "simulated.json"
    graph.write_bytes(encode(simulated_plan(seed, ports)))

    def command(workspace: Path) -> Sequence[str]:
        return (sys.executable, str(_VICTIM), str(workspace), str(graph))

    return Campaign(folder, command, seed)


def real(folder: Path, seed: int, engine: str) -> Campaign:
    """A campaign over a real graph."""
    words = [*REAL, "--python", "3.9", "--from-source", ":all:", "--engine", engine]

    def command(workspace: Path) -> Sequence[str]:
        return (sys.executable, "-m", "porter", "build", *words, "--workspace", str(workspace))

    return Campaign(folder, command, seed, left=containers if engine == "docker" else lambda _: ())


def containers(pids: Sequence[int]) -> list[str]:
    """The containers of runs with these process ids."""
    form = f'{{{{.Label "{OWNER_LABEL}"}}}}'
    command = ["docker", "ps", "--all", "--filter", f"label={OWNER_LABEL}", "--format", form]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    owners = filter(None, map(Owner.parse, done.stdout.split()))
    return [f"container of process {owner.pid}" for owner in owners if owner.pid in pids]


def _place(kind: str) -> Path | None:
    """Where the workspaces lie; simulated ones in memory, for a kill does not ask the disk."""
    memory = Path("/dev/shm")  # noqa: S108  # tempfile makes a folder of our own in it
    return memory if kind == "simulated" and memory.is_dir() else None


def report(campaign: Campaign, what: str, seconds: float) -> str:
    """The section of the page."""
    made = table(["kill", "times", "the run's status"], campaign.rows())
    wrong = "\n".join(f"* {line}" for line in campaign.wrong)
    verdict = wrong or (
        "No finished port was made again or lost, no file under its final name was not whole, "
        "nothing was left running (of a run killed outright: once the next one had begun), and "
        "every workspace ended with the wheelhouse of an undisturbed run."
    )
    numbers = (
        f"{what}: {len(campaign.kills)} kills, {campaign.finished_runs} workspaces brought to "
        f"their end, {seconds:.0f} s (seed {campaign.seed})."
    )
    return f"{numbers}\n\n{made}\n\n{verdict}\n\n{machine()}"


def main() -> int:
    """Run one campaign; the status."""
    kind, engine, kills, *_ = [*sys.argv[1:], *("simulated", "", "")[len(sys.argv) - 1 :]]
    seed = int(time.time()) % 100_000
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="porter-faults-", dir=_place(kind)) as name:
        folder = Path(name)
        campaign = real(folder, seed, engine) if kind == "real" else simulated(folder, seed)
        campaign.run(int(kills or _KILLS[kind]))
    what = f"{', '.join(REAL)} with engine {engine}" if kind == "real" else f"{PORTS} made-up ports"
    body = report(campaign, what, time.monotonic() - started)
    write_plain(f"faults {engine or kind}", body, RELIABILITY)
    print(body)
    return 1 if campaign.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
