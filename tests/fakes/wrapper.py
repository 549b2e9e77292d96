"""The compiler wrapper, compiled; in zig's place stands a program that prints its arguments."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from fakes.sysroot import PLATFORM
from porter.toolchain import flags, tools
from porter.toolchain.flags import Target

Call = Callable[..., list[str]]


def install(place: Path, target: Target) -> Path:
    printer = place / "printer"
    printer.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    printer.chmod(0o755)
    config = flags.config_header(target).replace("/porter/toolchain/zig/zig", str(printer))
    config = config.replace("/porter/toolchain/gcc/lib64/ld-linux-x86-64.so.2", str(printer))
    has_fortran = target.fortran is not None
    return tools.build(PLATFORM, config, place / "cache", has_fortran=has_fortran)


def caller(folder: Path) -> Call:
    def call(*argv: str, cwd: Path = folder) -> list[str]:
        command = [str(folder / argv[0]), *argv[1:]]
        env = {"HOME": "/home/builder"}
        return subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=cwd, env=env
        ).stdout.splitlines()

    return call
