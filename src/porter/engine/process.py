"""Run one process to its end: its output as it comes, a deadline, and a kill that is one."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from porter.engine.clocks import Clocks
from porter.engine.protocol import Limits, Output
from porter.signals import SIGNALS

_CHUNK = 1 << 16
_GRACE = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How the process ended."""

    code: int
    """As a shell gives it: 128 + the signal's number where a signal ended it."""
    timed_out: bool
    silent: bool
    """It timed out because it wrote nothing for too long."""


def run(
    argv: Sequence[str],
    *,
    output: Output,
    limits: Limits,
    stop: threading.Event,
) -> Ended:
    """Run a program to its end, or until one of its clocks has run out (no other limit is held).

    The process is in a session of its own (Ctrl-C reaches porter alone, which then kills), has
    no standard input and no environment. It is expected to hold a pid namespace by its only
    child: that child is killed first, so that when the process has gone, all of it has.
    Raises KeyboardInterrupt when `stop` is set. On any exception nothing is left running; nor
    when this process is killed.
    """
    clocks = Clocks(limits)
    with subprocess.Popen(
        [*tied(), *argv],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={},
        cwd="/",
    ) as process:
        try:
            timed_out = not _follow(process, output, clocks, stop)
            silent = timed_out and clocks.silent
        finally:
            with SIGNALS.undisturbed():
                _kill(process)
    return Ended(_code(process.returncode, killed=timed_out), timed_out, silent)


def tied(number: signal.Signals = signal.SIGKILL) -> list[str]:
    """The words before a command that end it with this process, however early that dies.

    The signal goes to the command alone, not to its children. A parent-death signal (prctl(2))
    alone is too late for a parent that died before it was set: the command would then run for
    ever. So the parent is looked at once more after it.
    """
    alive = 'test "$PPID" = "$0" && exec "$@"'
    return [
        *("/usr/bin/setpriv", "--pdeathsig", number.name.removeprefix("SIG"), "--"),
        *("/bin/sh", "-c", alive, str(os.getpid())),
    ]


def _code(returned: int, *, killed: bool) -> int:
    if killed:
        return 128 + signal.SIGKILL
    return 128 - returned if returned < 0 else returned


def _follow(
    process: subprocess.Popen[bytes],
    output: Output,
    clocks: Clocks,
    stop: threading.Event,
) -> bool:
    """Pass the output on until the process ends; False when a clock ran out first."""
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    stream = process.stdout.fileno()
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    while (wait := _next_look(clocks, stop)) > 0:
        if poll.poll(wait * 1000):
            chunk = os.read(stream, _CHUNK)
            if not chunk:
                return _wait(process, clocks, stop)
            clocks.hear()
            output(chunk)
    return False


def _wait(process: subprocess.Popen[bytes], clocks: Clocks, stop: threading.Event) -> bool:
    """Wait for a process that has closed its output."""
    while (wait := _next_look(clocks, stop)) > 0:
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            continue
        return True
    return False


def _next_look(clocks: Clocks, stop: threading.Event) -> float:
    if stop.is_set():
        raise KeyboardInterrupt
    return clocks.wait()


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    # The kernel ends a namespace before its first process can be waited for (pid_namespaces(7)).
    if children := _children(process.pid):
        for child in children:
            with suppress(ProcessLookupError):  # it ended meanwhile
                os.kill(child, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
    process.kill()
    process.wait()


def _children(pid: int) -> list[int]:
    try:
        return [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []
