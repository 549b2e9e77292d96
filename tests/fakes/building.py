"""A build backend on the fake engine: what its hooks answer, as pyproject-hooks writes it down."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fakes.engine import Inside, Reply
from porter.build import Job
from porter.build.job import MADE
from porter.engine import Root
from porter.model import ARCHITECTURES, Interpreter, Platform
from porter.toolchain import Toolchain

REQUIRES = "get_requires_for_build_wheel"
BUILD = "build_wheel"

CP39 = Interpreter(3, 9)
ARM = Platform.parse("aarch64", "manylinux2014")
HERE = Root("here", ARCHITECTURES["x86_64"], "sha256:b", "/usr/bin/python3.9", "host")
TOOLCHAIN = Toolchain(
    digest="sha256:z",
    mounts=(),
    env={"CC": "cc"},
    path=("/porter/toolchain/bin",),
    path_last=("/porter/sysroot/usr/bin",),
    pythonpath=("/porter/pose",),
)


def answer(value: Any = None, **more: Any) -> Callable[[Inside], None]:
    """Leave the answer of a hook where pyproject-hooks leaves it."""

    def act(inside: Inside) -> None:
        text = json.dumps({"unsupported": False, "return_val": value, **more})
        inside.write("/porter/hook/output.json").write_text(text)

    return act


def asked(inside: Inside) -> Any:
    """What a hook was called with."""
    return json.loads(inside.read("/porter/hook/input.json").read_text())["kwargs"]


def wheel(name: str, content: bytes = b"a wheel") -> Reply:
    """A `build_wheel` that makes a file of that name and says so."""

    def act(inside: Inside) -> None:
        inside.write(f"{MADE}/{name}").write_bytes(content)
        answer(name)(inside)

    return Reply(act=act)


def job(folder: Path, sdist: Path, **more: Any) -> Job:
    """One attempt at `sdist` in `folder`."""
    settings: Mapping[str, Any] = {
        "name": "demo-1-cp39",
        "wheels": (),
        "platform": ARM,
        "interpreter": CP39,
        "root": HERE,
        "toolchain": TOOLCHAIN,
        "work": folder / "work",
        "timestamp": 1591228800,
    }
    return Job(sdist=sdist, **{**settings, **more})
