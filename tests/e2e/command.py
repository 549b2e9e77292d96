"""The `porter` command, run as a person runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Porter:
    """Runs `porter` in one workspace."""

    workspace: Path

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "porter", *words, "--workspace", str(self.workspace)]

    def __call__(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, timeout=1700
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def json(self, *words: str, status: int = 0) -> Any:
        return json.loads(self(*words, "--format", "json", status=status).stdout)

    def ports(self, *words: str, status: int = 0) -> dict[str, dict[str, Any]]:
        return {port["id"]: port for port in self.json(*words, status=status)["ports"]}
