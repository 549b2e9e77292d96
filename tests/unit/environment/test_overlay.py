from __future__ import annotations

from pathlib import Path

import pytest

from fakes.wheels import make_wheel
from porter.environment import assemble, overlay
from porter.errors import StepFailed
from porter.model import Interpreter

HERE = {"lib/core.py": "here", "lib/include/config.h": "here", "lib/lib/libmath.a": "here"}
THERE = {
    "lib/core.py": "there",
    "lib/include/config.h": "there",
    "lib/lib/libmath.a": "there",
    "lib/only.pxd": "there",
    "lib-1.data/data/share/x.h": "there",
}


def test_what_compilers_read_is_the_target_s(tmp_path: Path) -> None:
    here = make_wheel(tmp_path, "lib-1-cp39-cp39-manylinux2014_x86_64.whl", HERE)
    there = make_wheel(tmp_path, "lib-1-cp39-cp39-manylinux2014_aarch64.whl", THERE)
    environment = assemble(
        tmp_path / "env", (here,), interpreter=Interpreter(3, 9), python="/usr/bin/python3.9"
    )
    overlay(environment, there)
    found = {name: environment.site_packages / name for name in THERE}
    told = {name: path.read_text() for name, path in found.items() if path.exists()}
    assert told == {
        "lib/core.py": "here",
        "lib/include/config.h": "there",
        "lib/lib/libmath.a": "there",
        "lib/only.pxd": "there",
    }


def test_a_damaged_wheel_is_refused(tmp_path: Path) -> None:
    environment = assemble(
        tmp_path / "env", (), interpreter=Interpreter(3, 9), python="/usr/bin/python3.9"
    )
    damaged = tmp_path / "lib-1-py3-none-any.whl"
    damaged.write_bytes(b"no archive")
    with pytest.raises(StepFailed, match="damaged"):
        overlay(environment, damaged)
