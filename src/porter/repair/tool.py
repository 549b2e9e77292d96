"""Run the programs that change a wheel's files, on what a stranger made."""

from __future__ import annotations

import errno
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from porter.errors import StepFailed


def run(
    argv: Sequence[str], *, name: str, env: Mapping[str, str], work: Path, seconds: float
) -> tuple[int, str]:
    """The exit status of a program and all it wrote.

    Raises `StepFailed` when it does not end, or the names it is given, which come from the files,
    are longer than a command line may be.
    """
    try:
        done = subprocess.run(
            argv,
            cwd=work,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StepFailed(f"{name} did not end in {seconds:.0f} s") from error
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise
        raise StepFailed(f"{name} cannot be given paths or names as long as these") from error
    return done.returncode, done.stdout
