"""The tutorial does what it says: its commands are run, and what they print is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pages import DOCS, ROOT, Call, Fence, calls, fences

pytestmark = pytest.mark.e2e

PAGE = DOCS / "tutorial" / "port-a-small-tree.md"
LEFT_OUT = "…"
TIMES = re.compile(r"(?<![\w.])(\d+h)?(\d+m)?\d+(\.\d+)? ?s\b|^\[ *\d+\.\d+\]|\d+ min\b")


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that has `porter`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    porter = folder / "porter"
    porter.write_text(f'#!/bin/sh\nexec {sys.executable} -m porter "$@"\n')
    porter.chmod(0o755)
    paths = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    return {
        **os.environ,
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": paths,
        "PYTHONIOENCODING": "utf-8",
        "LC_ALL": "C.UTF-8",
    }


def test_every_command_prints_what_the_tutorial_says(tmp_path: Path, shell: dict[str, str]) -> None:
    workspace = tmp_path / "small-tree"
    workspace.mkdir()
    ran = 0
    for fence in fences(PAGE):
        _write(fence, workspace)
        for call in calls(fence.text) if fence.language == "console" else ():
            _compare(call, _run(call, workspace, shell))
            ran += 1
    assert ran > 10
    for picture in ("planned.svg", "failed.svg", "done.svg"):
        assert _texts(workspace / picture) == _texts(PAGE.parent / picture), picture


def _write(fence: Fence, workspace: Path) -> None:
    """A file that the reader is to write names itself in its first line."""
    named = re.match(r"# ([\w./-]+)\n", fence.text)
    if fence.language in {"text", "toml"} and named:
        path = workspace / named[1]
        path.parent.mkdir(exist_ok=True)
        path.write_text(fence.text, encoding="utf-8")


def _run(call: Call, workspace: Path, shell: dict[str, str]) -> list[str]:
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", call.command],
        cwd=workspace, env=shell, check=False, timeout=600, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == call.status, f"{call.command}\n{done.stdout}"
    return done.stdout.splitlines()


def _compare(call: Call, printed: list[str]) -> None:
    """Each line of the page was printed, in its order; without `…` on the page, no other one."""
    told = [_timeless(line) for line in call.output if line != LEFT_OUT]
    seen = [_timeless(line) for line in printed if not line.startswith("porter: ")]
    if LEFT_OUT not in call.output:
        assert seen == told, call.command
        return
    rest = iter(seen)
    for line in told:
        assert line in rest, f"{call.command}\nnot printed: {line}\n" + "\n".join(printed)


def _timeless(line: str) -> str:
    return " ".join(TIMES.sub("TIME", line).split())


def _texts(picture: Path) -> list[str]:
    elements = ET.fromstring(picture.read_text(encoding="utf-8")).iter()  # noqa: S314  # our own picture
    found = ("".join(each.itertext()) for each in elements if each.tag.endswith("}text"))
    return sorted(map(_timeless, found))
