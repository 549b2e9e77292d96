from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from porter.engine.protocol import Exit, Output, Root, Step
from porter.errors import ImageError
from porter.model import ARCHITECTURES
from porter.toolchain.probe import parse, probe


class HostEngine:
    """Runs a step's command on this machine, after some noise."""

    name = "host"

    def run(self, step: Step, output: Output) -> Exit:
        output(b"a warning of some shell\n")
        done = subprocess.run(step.argv, capture_output=True, check=False)
        for start in range(0, len(done.stdout), 1000):
            output(done.stdout[start : start + 1000])
        output(done.stderr)
        return Exit(done.returncode, 0.1)

    def sweep(self) -> int:
        return 0

    def stop(self) -> None: ...


def root(python: str | None) -> Root:
    return Root("here", ARCHITECTURES["x86_64"], "sha256:0", python, "host")


def test_a_real_python_describes_itself() -> None:
    found = probe(HostEngine(), root(sys.executable))
    assert found.version == sys.version_info[:2]
    assert "EXT_SUFFIX" in found.variables


def test_a_python_that_fails_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such thing >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(ImageError, match="ended with 3") as failure:
        probe(HostEngine(), root(str(broken)))
    assert "no such thing" in failure.value.context


def test_a_root_without_python_is_an_error() -> None:
    with pytest.raises(ImageError, match="has no Python"):
        probe(HostEngine(), root(None))


@pytest.mark.parametrize("said", ["", "porter-probe:", "porter-probe:!!", "porter-probe:AAAA"])
def test_an_answer_that_cannot_be_read(said: str) -> None:
    with pytest.raises(ImageError, match="does not describe itself"):
        parse(said, "here")
