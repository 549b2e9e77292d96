"""Where things lie inside a build's sandbox."""

from __future__ import annotations

TOOLCHAIN = "/porter/toolchain"
ZIG = f"{TOOLCHAIN}/zig"
BIN = f"{TOOLCHAIN}/bin"
CORES = f"{TOOLCHAIN}/cores"
RUNTIME = f"{TOOLCHAIN}/runtime"
POSE = f"{TOOLCHAIN}/pose"
INCLUDE = f"{TOOLCHAIN}/include"
GCC = f"{TOOLCHAIN}/gcc"
OPENMP = f"{TOOLCHAIN}/openmp"
RUST = f"{TOOLCHAIN}/rust"
CARGO = f"{TOOLCHAIN}/cargo"
CONFIG = f"{TOOLCHAIN}/config"
SYSTEMS = f"{TOOLCHAIN}/systems"
SYSROOT = "/porter/sysroot"
