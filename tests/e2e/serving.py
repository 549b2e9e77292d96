"""`porter serve`, as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def served(workspace: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The command itself, on a free port."""
    command = [sys.executable, "-m", "porter", "serve", "--port", "0", "--workspace"]
    with subprocess.Popen(
        [*command, str(workspace), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process, int(line.split("/")[2].rpartition(":")[2])
        finally:
            process.kill()
