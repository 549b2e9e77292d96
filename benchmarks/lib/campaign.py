"""Kills runs at random moments, resumes them, and checks what has to be true after each kill."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from porter.index.digest import sha256_of

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_KILLED = 128 + signal.SIGKILL
PATIENCE = 120.0
"""Seconds a run may take to end after a signal."""
_SETTLE = 5.0


@dataclass(frozen=True)
class Kill:
    """One kill, and what became of the run it hit."""

    signal: signal.Signals
    victim: str
    """``porter`` or ``child``."""
    status: int
    """Of the run, as a shell gives it."""


@dataclass
class Campaign:
    """Kills runs of one command.

    `command` gives the words that run it in a workspace; `left` what is still there of the runs
    with the given process ids, beside processes.
    """

    folder: Path
    command: Callable[[Path], Sequence[str]]
    seed: int
    left: Callable[[Sequence[int]], Sequence[str]] = lambda _: ()
    kills: list[Kill] = field(default_factory=list)
    finished_runs: int = 0
    """Workspaces that came to their end, with the wheelhouse of an undisturbed run."""
    wrong: list[str] = field(default_factory=list)
    """What was not as it has to be."""

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311  # no secrets here
        self._pids: list[int] = []

    def run(self, kills: int) -> None:
        """Kill so many times; at the end the last workspace is brought to its end, too."""
        reference = self.folder / "undisturbed"
        undisturbed = self._start(reference)
        self._wait_for_work(undisturbed, reference)
        started = time.monotonic()
        undisturbed.wait()
        duration = time.monotonic() - started
        expected = wheels(reference / "wheelhouse")
        if not expected:
            raise RuntimeError(f"the undisturbed run made nothing: {_said(reference)}")
        number = 0
        while len(self.kills) < kills:
            number += 1
            self._one_workspace(self.folder / str(number), duration, expected, kills)

    def _one_workspace(
        self, workspace: Path, duration: float, expected: dict[str, str], kills: int
    ) -> None:
        """Kill and resume in one workspace until its work is done."""
        before: dict[str, int] = {}
        status: int | None = None
        while status != 0:
            if len(self.kills) < kills:
                status = self._disturbed(workspace, duration)
            else:
                status = self._start(workspace).wait()
                if status != 0:
                    self.wrong.append(f"an undisturbed resumption failed: {_said(workspace)}")
                    return
            # What was killed outright cannot remove its containers: the next run does.
            pids = self._pids if status != _KILLED else ()
            before = self._check(workspace, before, expected, pids)
        if wheels(workspace / "wheelhouse") != expected:
            self.wrong.append(f"{workspace.name}: another wheelhouse than undisturbed")
        self.finished_runs += 1
        shutil.rmtree(workspace)

    def _start(self, workspace: Path) -> subprocess.Popen[bytes]:
        workspace.mkdir(exist_ok=True)
        with (workspace / "said.log").open("ab") as said:
            process = subprocess.Popen(
                self.command(workspace),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self._pids.append(process.pid)
        return process

    def _wait_for_work(self, process: subprocess.Popen[bytes], workspace: Path) -> None:
        """Until the run holds its workspace: starting Python is nothing to be disturbed."""
        holder = workspace / ".porter" / "lock.json"
        while process.poll() is None:
            with suppress(FileNotFoundError):
                if json.loads(holder.read_bytes())["pid"] == process.pid:
                    return
            time.sleep(0.005)

    def _disturbed(self, workspace: Path, duration: float) -> int:
        """A run that is hit by a signal, if it does not end before; its status."""
        process = self._start(workspace)
        self._wait_for_work(process, workspace)
        time.sleep(self._random.uniform(0, duration))
        number = self._random.choice(SIGNALS)
        hit = self._hit(process, number)
        try:
            status = process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.wrong.append(f"{number.name} did not end the run within {PATIENCE:.0f} s")
            process.kill()
            status = process.wait()
        status = 128 - status if status < 0 else status
        if hit:
            self.kills.append(Kill(number, hit, status))
        return status

    def _hit(self, process: subprocess.Popen[bytes], number: signal.Signals) -> str | None:
        """Send the signal to the run or one of its children; None when that had gone already."""
        if process.poll() is not None:
            return None
        children = list(descendants(process.pid))
        if children and self._random.random() < 0.4:
            with suppress(ProcessLookupError):
                os.kill(self._random.choice(children), number)
                return "child"
            return None
        os.kill(process.pid, number)
        return "porter"

    def _check(
        self,
        workspace: Path,
        before: dict[str, int],
        expected: dict[str, str],
        pids: Sequence[int],
    ) -> dict[str, int]:
        """Note what is wrong after a run; how often each port has been finished so far."""
        deadline = time.monotonic() + _SETTLE
        while (left := [*processes(workspace), *self.left(pids)]) and (time.monotonic() < deadline):
            time.sleep(0.05)
        self.wrong += [f"left behind: {what}" for what in left]
        for place in ("wheelhouse", ".porter/artifacts"):
            for path in (workspace / place).rglob("*.whl"):
                if expected.get(path.name) != sha256_of(path):
                    self.wrong.append(f"not a whole file: {place}/{path.name}")
        if "Traceback" in _said(workspace):
            self.wrong.append(f"a traceback: {_said(workspace)}")
            (workspace / "said.log").write_bytes(b"")
        now = finished(workspace)
        kept = {path.name for path in (workspace / ".porter/artifacts").rglob("*.whl")}
        self.wrong += [f"made twice: {port}" for port, (times, _) in now.items() if times > 1]
        self.wrong += [f"lost: {port}" for port, (_, wheel) in now.items() if wheel not in kept]
        self.wrong += [f"forgotten: {port}" for port in before.keys() - now.keys()]
        return {port: times for port, (times, _) in now.items()}

    def rows(self) -> Iterator[tuple[str, ...]]:
        """For each kind of kill: how many, and the statuses the runs ended with."""
        kinds = Counter((kill.signal.name, kill.victim) for kill in self.kills)
        for (name, victim), count in sorted(kinds.items()):
            statuses = Counter(
                kill.status
                for kill in self.kills
                if (kill.signal.name, kill.victim) == (name, victim)
            )
            ended = ", ".join(f"{times}x {status}" for status, times in sorted(statuses.items()))
            yield f"{name} to {victim}", str(count), ended


def wheels(folder: Path) -> dict[str, str]:
    """The wheels of a folder, with their hashes."""
    return {path.name: sha256_of(path) for path in folder.glob("*.whl")}


def finished(workspace: Path) -> dict[str, tuple[int, str]]:
    """By port: how often it was built as the journal has it, and its wheel."""
    path = workspace / ".porter/journal.sqlite"
    if not path.exists():
        return {}
    query = "SELECT port, count(*), max(wheel) FROM attempts WHERE outcome = 'built' GROUP BY port"
    with closing(sqlite3.connect(path)) as connection:
        try:
            return {port: (times, wheel) for port, times, wheel in connection.execute(query)}
        except sqlite3.OperationalError:  # killed before its tables were made
            return {}


def descendants(pid: int) -> Iterator[int]:
    """The processes below one, without itself."""
    for child in _children(pid):
        yield child
        yield from descendants(child)


def _children(pid: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        lists = Path(f"/proc/{pid}/task").glob("*/children")
        return [int(child) for path in lists for child in path.read_text().split()]
    return []


def processes(workspace: Path) -> list[str]:
    """Command lines that name the workspace."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{workspace}/" in words or words.strip().endswith(str(workspace)):
                found.append(words.strip())
    return found


def _said(workspace: Path) -> str:
    return (workspace / "said.log").read_text(errors="replace")[-2000:]
