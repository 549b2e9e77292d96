"""What every engine asks of a step, and the places every engine gives it."""

from __future__ import annotations

from pathlib import PurePosixPath

from porter.engine.protocol import Step
from porter.errors import EngineError

HOME = "/home/porter"
"""The step's HOME: empty at the start, writable, gone at the end (like ``/tmp``)."""

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The step's PATH where neither the step nor the root's image names one."""


def check(step: Step) -> None:
    """Raise `EngineError` for a step no engine can run: caught here, all engines word it alike."""
    if not step.argv:
        raise EngineError(f"step {step.name} has no command")
    if not PurePosixPath(step.cwd).is_absolute():
        raise EngineError(f"step {step.name}: the working folder {step.cwd!r} is not absolute")
    for mount in step.shown:
        target = PurePosixPath(mount.target)
        if not target.is_absolute() or ".." in target.parts or len(target.parts) == 1:
            raise EngineError(f"step {step.name}: cannot mount at {mount.target!r}")
        if not mount.source.exists():
            raise EngineError(f"step {step.name}: {mount.source}, to be mounted, does not exist")
