"""Commands run in a root, with an environment of the wheel and of what it needs."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from porter.engine import Engine, Exit, Limits, Mount, Output, Root, Step
from porter.environment import Environment, assemble
from porter.model import Architecture, Interpreter

_TAIL_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Target:
    """Where steps run; knows how to run one with an environment of wheels."""

    wheel: Path
    dependencies: Sequence[Path]
    before: Sequence[Path]
    unimportable: Mapping[str, str]
    engine: Engine
    root: Root
    python: str
    arch: Architecture
    interpreter: Interpreter
    work: Path
    output: Output
    limits: Limits

    @property
    def name(self) -> str:
        """The wheel's file name."""
        return self.wheel.name

    @property
    def _port(self) -> str:
        project, version = self.name.split("-")[:2]
        return f"{project}-{version}-{self.interpreter}"

    def environment(self, name: str, wheels: Sequence[Path]) -> Environment:
        """Assemble an environment of the wheel, its dependencies, and `wheels`."""
        return assemble(
            self.work / name,
            [self.wheel, *self.dependencies, *wheels],
            interpreter=self.interpreter,
            python=self.python,
        )

    def run(
        self,
        name: str,
        argv: Sequence[str],
        mounts: Sequence[Mount],
        *,
        cwd: str = "/porter/out",
        env: Mapping[str, str] | None = None,
    ) -> tuple[Exit, str]:
        """Run a command; how it ended, and the end of what it wrote."""
        tail: deque[bytes] = deque()

        def tee(data: bytes) -> None:
            tail.append(data[-_TAIL_BYTES:])
            while sum(map(len, tail)) - len(tail[0]) >= _TAIL_BYTES:
                tail.popleft()
            self.output(data)

        step = Step(
            name=f"{self._port}.verify.{name}",
            argv=tuple(argv),
            root=self.root,
            env={"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", **(env or {})},
            mounts=tuple(mounts),
            cwd=cwd,
            limits=self.limits,
        )
        ended = self.engine.run(step, tee)
        return ended, b"".join(tail).decode("utf-8", "replace")
