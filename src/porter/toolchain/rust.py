"""cargo and rustc for the target: Debian's, running on the build platform in any root.

As with Fortran they lie in a root of their own and are started by that root's loader. Their
standard library for the target is the package of the target's architecture, of the same version.
They link by porter's own compilers; programs for the build platform, as build scripts of crates
are, by the gcc of the build's root.
"""

from __future__ import annotations

from porter.errors import ImageError
from porter.model import Architecture, Interpreter
from porter.toolchain.apart import Apart, libraries, loader
from porter.toolchain.sandbox import POSE, RUST

PROGRAMS = ("cargo", "rustc", "rustdoc")
_TARGETS = {
    "aarch64": "aarch64-unknown-linux-gnu",
    "armv7l": "armv7-unknown-linux-gnueabihf",
    "ppc64le": "powerpc64le-unknown-linux-gnu",
    "s390x": "s390x-unknown-linux-gnu",
    "x86_64": "x86_64-unknown-linux-gnu",
}
_SCRIPT = """#!/bin/sh
exec {command} "$@"
"""


def packages(arch: Architecture) -> tuple[str, ...]:
    """Debian's packages of a Rust that runs here and emits for an architecture."""
    return ("cargo", "rustc", f"libstd-rust-dev:{arch.debian}")


def scripts(rust: Apart, arch: Architecture) -> dict[str, str]:
    """The programs to go on PATH; `ImageError` where the root lacks one, or the library."""
    root = rust.path
    library = root / "usr/lib/rustlib" / _TARGETS[arch.name] / "lib"
    there = [name for name in PROGRAMS if (root / "usr/bin" / name).exists()]
    if not {"cargo", "rustc"} <= set(there) or not library.is_dir():
        raise ImageError(
            f"the root {root} has no Rust for {arch}", hint="Remove it, and porter makes it again."
        )
    return {name: _SCRIPT.format(command=" ".join(command(rust, name))) for name in there}


def command(rust: Apart, program: str = "cargo") -> tuple[str, ...]:
    """How one of the programs is started in a sandbox that has the root at `RUST`."""
    folders = ":".join(f"{RUST}{folder}" for folder in libraries(rust.path))
    start = f"{RUST}{loader(rust.path)}"
    return (start, "--library-path", folders, f"{RUST}/usr/bin/{program}")


def environment(
    arch: Architecture, interpreter: Interpreter, build: Architecture
) -> dict[str, str]:
    """What cargo, setuptools-rust, maturin and PyO3 are told.

    `build` is the build platform's. Sources: the Cargo book, "Configuration"; the PyO3
    guide, "Building and distribution".
    """
    target = _TARGETS[arch.name]
    return {
        "CARGO_BUILD_TARGET": target,
        "CARGO_NET_OFFLINE": "true",
        _linker(target): f"{arch.triple}-gcc",
        _linker(_TARGETS[build.name]): "/usr/bin/gcc",
        "PYO3_CROSS_LIB_DIR": POSE,
        "PYO3_CROSS_PYTHON_VERSION": interpreter.version,
        "PYO3_PYTHON": "/porter/env/bin/python",
    }


def _linker(target: str) -> str:
    return f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"
