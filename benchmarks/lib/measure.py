"""Times whole processes: what a person waits for, start-up included."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Measured:
    """One process that ended well."""

    seconds: float
    peak: float
    """The most memory it held, in MiB."""
    cpu: float
    """Seconds of processor time, its children's included."""


class Failed(Exception):
    """A process that ended badly, or was too slow."""


def measured(
    command: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    stdin: str = "",
    timeout: float = 600,
) -> Measured:
    """Run a command to its end. Raises `Failed` with the last line it wrote to standard error."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(stdin.encode())
        given.seek(0)
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            env={**_environment(), **(environ or {})},
            stdin=given,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        timer = threading.Timer(timeout, process.kill)
        timer.start()
        # Not process.wait(): only wait4 tells this one child's memory.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode == -9:
            raise Failed(f"no answer within {timeout:.0f} s")
        if process.returncode:
            said.seek(0)
            lines = said.read().decode(errors="replace").strip().splitlines()
            raise Failed(lines[-1] if lines else f"exit status {process.returncode}")
    return Measured(seconds, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime)


def _environment() -> dict[str, str]:
    """Our own, but that Python keeps what it has compiled: as it does for whoever uses porter."""
    return {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def middle(runs: Sequence[Measured]) -> Measured:
    """The medians of several runs."""
    return Measured(
        median(r.seconds for r in runs),
        median(r.peak for r in runs),
        median(r.cpu for r in runs),
    )
