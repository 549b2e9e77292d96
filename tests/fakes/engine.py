"""An engine that runs nothing: what a step does is written down beforehand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from porter.engine.protocol import Exit, Output, Step
from porter.engine.steps import check
from porter.errors import EngineError


@dataclass(frozen=True, slots=True)
class Inside:
    """A step's view of its mounts, as what it runs would have it."""

    step: Step

    def read(self, path: str) -> Path:
        """The file of this machine that a path inside leads to; OSError where nothing is."""
        return self._find(path, writing=False)

    def write(self, path: str) -> Path:
        """The same, for writing; PermissionError below a read-only mount."""
        return self._find(path, writing=True)

    def _find(self, path: str, *, writing: bool) -> Path:
        wanted = PurePosixPath(path)
        holding = [m for m in self.step.shown if wanted.is_relative_to(m.target)]
        if not holding:
            raise FileNotFoundError(path)
        mount = max(holding, key=lambda m: len(PurePosixPath(m.target).parts))
        if writing and not mount.writable:
            raise PermissionError(path)
        return mount.source / wanted.relative_to(mount.target)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a scripted step does."""

    output: tuple[bytes, ...] = ()
    code: int = 0
    act: Callable[[Inside], None] = lambda _: None
    """Called between the start and the output; may raise, as a Ctrl-C would."""
    seconds: float = 0.0
    """How long it would take; longer than the step's limit, it is killed (code 137)."""
    quiet: float = 0.0
    """The longest it would write nothing; likewise."""
    out_of_memory: bool = False
    cpu_seconds: float | None = None
    peak_memory: int | None = None


Match = str | Callable[[Step], bool]


@dataclass
class FakeEngine:
    """Answers each step by the first reply whose name or predicate fits; an unknown step is an
    `EngineError`, so that a test says all that may happen."""

    replies: Mapping[Match, Reply] = field(default_factory=dict)
    name: str = "fake"
    steps: list[Step] = field(default_factory=list)
    """The steps that were run, in their order."""
    leftovers: int = 0
    stopped: bool = False

    def run(self, step: Step, output: Output) -> Exit:
        check(step)
        if self.stopped:
            raise KeyboardInterrupt
        self.steps.append(step)
        reply = self._reply(step)
        reply.act(Inside(step))
        for chunk in reply.output:
            output(chunk)
        limit = step.limits.seconds
        if limit is not None and reply.seconds > limit:
            return Exit(137, limit, timed_out=True)
        silence = step.limits.silence
        if silence is not None and reply.quiet > silence:
            return Exit(137, silence, timed_out=True, silent=True)
        return Exit(
            reply.code,
            reply.seconds,
            out_of_memory=reply.out_of_memory,
            cpu_seconds=reply.cpu_seconds,
            peak_memory=reply.peak_memory,
        )

    def sweep(self) -> int:
        swept, self.leftovers = self.leftovers, 0
        return swept

    def stop(self) -> None:
        self.stopped = True

    def _reply(self, step: Step) -> Reply:
        for match, reply in self.replies.items():
            if match == step.name or (callable(match) and match(step)):
                return reply
        raise EngineError(f"the fake engine has no reply for step {step.name}")
