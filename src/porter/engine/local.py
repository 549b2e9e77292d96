"""Steps in Linux namespaces of this machine: by bubblewrap, else by util-linux's unshare.

A step has no network but a loopback of its own; user, mount, pid, IPC, UTS and cgroup namespaces
of its own; an empty /tmp, HOME and /dev; and sees the files of its root (an unpacked root
filesystem, or the part of this machine that `porter.engine.host` tells), all of them read-only
but its writable mounts. It dies with porter.

Of its limits, the time always holds. Memory, processes and CPUs are limited where porter can make
a cgroup (as root, or in a delegated hierarchy); else processes by RLIMIT_NPROC (which does not
bind root), memory and CPUs not at all: RLIMIT_AS would stop QEMU and zig, which reserve far more
addresses than they use.
"""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import monotonic

from porter.engine import binfmt, cgroup, process
from porter.engine.bwrap import Bwrap
from porter.engine.host import host_entries
from porter.engine.isolation import Isolation, Launcher, Part, ladder
from porter.engine.owner import Owner
from porter.engine.process import Ended
from porter.engine.protocol import Exit, Limits, Output, Root, Step
from porter.engine.stage import left_behind, stage, sweep
from porter.engine.steps import check
from porter.engine.unshare import Unshare
from porter.engine.view import Entry, Sandbox, root_entries, sandbox
from porter.errors import EngineError
from porter.signals import SIGNALS

_PROBE_SECONDS = 20.0
_TAIL = 2000


class LocalEngine:
    """Runs steps in namespaces. Safe to use from several threads."""

    name = "local"

    def __init__(self, launcher: Launcher, *, runtime: Path, notice: Callable[[str], None]) -> None:
        self.launcher = launcher
        self.version = f"{launcher.name}, kernel {os.uname().release}"
        self._runtime = runtime
        self._notice = notice
        self._owner = Owner.current()
        self.stopped = threading.Event()
        """Set by `stop`, for what works beside its steps."""
        self._unlimited: set[str] = set()

    @classmethod
    def connect(
        cls,
        *,
        isolation: Isolation = "full",
        notice: Callable[[str], None],
        environ: Mapping[str, str] = os.environ,
        launcher: str | None = None,
    ) -> LocalEngine:
        """Try, by a real step, what this kernel permits; `launcher` names the only one to try.

        With ``reduced`` isolation, `notice` is told what is missing. Raises `EngineError` with
        the kernel's words where no step can run.
        """
        runtime = _runtime(environ)
        words: list[str] = []
        for missing in ladder(isolation):
            for candidate in _launchers(environ, missing):
                if launcher in {None, candidate.name}:
                    engine = cls(candidate, runtime=runtime, notice=notice)
                    try:
                        said = engine._probe()
                    except OSError as error:
                        raise EngineError(
                            f"engine local cannot make the files of its steps in {runtime}",
                            context=str(error),
                        ) from error
                    if said is None:
                        _tell(missing, notice)
                        return engine
                    words.append(f"{candidate.name}: {said}")
        raise _refused(isolation, words)

    def run(self, step: Step, output: Output) -> Exit:
        """See `porter.engine.Engine.run`."""
        check(step)
        _check_arch(step)
        started = monotonic()
        with stage(self._owner, self._runtime) as folder:
            box = sandbox(step, _base(step, folder))
            group = self._group(step.limits, folder.name)
            tail = _Tail(output)
            try:
                ended = self._launch(box, folder, group, tail, step.limits)
                out_of_memory = group.out_of_memory()
                used, peak = group.cpu_seconds(), group.peak_memory()
            finally:
                with SIGNALS.undisturbed():
                    group.remove()
            answer = Exit(
                ended.code,
                monotonic() - started,
                timed_out=ended.timed_out,
                silent=ended.silent,
                out_of_memory=out_of_memory,
                cpu_seconds=used,
                peak_memory=peak,
            )
            # A launcher that was killed itself could tell nothing of the command.
            if answer.cause or answer.killed or self.launcher.started(folder):
                return answer
        return replace(answer, code=self._code_of_no_command(step, tail.text))

    def sweep(self) -> int:
        """See `porter.engine.Engine.sweep`. No process survives porter; folders may."""
        folders = sweep(self._runtime, self._owner)
        groups = {
            group
            for controller in ("memory", "pids", "cpu", "cpuacct")
            for parent in cgroup.parents(controller, _membership())
            for group in left_behind(parent, self._owner)
        }
        return folders + sum(cgroup.remove(group) for group in sorted(groups))

    def stop(self) -> None:
        """See `porter.engine.Engine.stop`."""
        self.stopped.set()

    def _code_of_no_command(self, step: Step, said: str) -> int:
        """127, as a shell gives it, where only the command is missing; else it is our trouble."""
        if said.startswith(self.launcher.no_command):
            return 127
        raise EngineError(f"{self.launcher.name} could not start step {step.name}", context=said)

    def _launch(
        self, box: Sandbox, folder: Path, group: cgroup.Cgroup, output: Output, limits: Limits
    ) -> Ended:
        argv = [*_limited(group, limits), *self.launcher.command(box, folder)]
        return process.run(argv, output=output, limits=limits, stop=self.stopped)

    def _probe(self) -> str | None:
        """Run an empty step; None when that works, else what was said."""
        said: list[bytes] = []
        with stage(self._owner, self._runtime) as folder:
            box = Sandbox(("/usr/bin/true",), host_entries(None, folder), env={})
            ended = process.run(
                self.launcher.command(box, folder),
                output=said.append,
                limits=Limits(seconds=_PROBE_SECONDS),
                stop=self.stopped,
            )
            if ended.code == 0 and self.launcher.started(folder):
                return None
        return b"".join(said).decode(errors="replace").strip() or f"exit status {ended.code}"

    def _group(self, limits: Limits, name: str) -> cgroup.Cgroup:
        group = cgroup.create(limits, name, membership=_membership())
        asked = {"memory": limits.memory, "cpu": limits.cpus}
        for controller in sorted(c for c, v in asked.items() if v is not None):
            if controller not in group.enforced | self._unlimited:
                self._unlimited.add(controller)
                self._notice(
                    f"engine local: the {controller} limit is not enforced (no writable cgroup)"
                )
        return group


class _Tail:
    """Passes output on and keeps its end, for an error message."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._end = b""

    def __call__(self, chunk: bytes) -> None:
        self._end = (self._end + chunk)[-_TAIL:]
        self._output(chunk)

    @property
    def text(self) -> str:
        return self._end.decode(errors="replace").strip()


def _runtime(environ: Mapping[str, str]) -> Path:
    """The user's folder for such files; the one for temporary files where that is not to be had.

    su and sudo may leave the variable with another user's folder, or with one that is gone.
    """
    named = environ.get("XDG_RUNTIME_DIR")
    if named and os.access(named, os.W_OK | os.X_OK) and Path(named).is_dir():
        return Path(named)
    return Path(tempfile.gettempdir())


def _launchers(environ: Mapping[str, str], missing: frozenset[Part]) -> Iterator[Launcher]:
    if program := shutil.which("bwrap", path=environ.get("PATH")):
        yield Bwrap(program, missing)
    # unshare drops the step's capabilities by means of user namespaces.
    if shutil.which("unshare", path=environ.get("PATH")) and Part.USER not in missing:
        yield Unshare(missing)


def _check_arch(step: Step) -> None:
    if not binfmt.supported(step.root.arch):
        raise EngineError(
            f"this kernel cannot run {step.root.arch} programs (step {step.name}, root "
            f"{step.root.name}): no QEMU is registered for them with flag F",
            hint="porter setup registers it",
        )


def _base(step: Step, folder: Path) -> tuple[Entry, ...]:
    root: Root = step.root
    if root.path is not None:
        return root_entries(root.path, step.shown)
    if root.is_host:
        return host_entries(root.python, folder)
    raise EngineError(
        f"engine local cannot run step {step.name} in image {root.name}: it is not unpacked here",
        hint="porter image bootstrap",
    )


def _limited(group: cgroup.Cgroup, limits: Limits) -> list[str]:
    """The words before a command that put it under its limits."""
    words = []
    if "pids" not in group.enforced:
        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        count = limits.pids if hard == resource.RLIM_INFINITY else min(limits.pids, hard)
        words = ["/usr/bin/prlimit", f"--nproc={count}", "--"]
    if not group.folders:
        return words
    enter = 'while [ "$1" != -- ]; do echo $$ > "$1"; shift; done; shift; exec "$@"'
    return [*words, "/bin/sh", "-c", enter, "sh", *map(str, group.entrances), "--"]


def _membership() -> str:
    return Path("/proc/self/cgroup").read_text()


def _tell(missing: frozenset[Part], notice: Callable[[str], None]) -> None:
    for part in sorted(missing):
        notice(f"engine local: less isolation, without {part.value}")


def _refused(isolation: Isolation, words: list[str]) -> EngineError:
    if not words:
        return EngineError(
            "engine local needs bubblewrap or util-linux's unshare, and neither is here",
            hint="apt-get install bubblewrap (or: porter setup)",
        )
    hint = "porter setup, or a container engine (--engine docker)"
    if isolation == "full":
        hint = f"--allow-less-isolation runs steps with what the kernel permits; else {hint}"
    return EngineError(
        "this kernel does not let porter isolate a step in namespaces",
        context="\n".join(dict.fromkeys(words)),
        hint=hint,
    )
