"""cargo and rustc for the target: Debian's, running on the build platform in any root.

As with Fortran they lie in a root of their own and are started by that root's loader. Their
standard library for the target is the package of the target's architecture, of the same version.
They link by porter's own compilers; what runs during the build (build scripts of crates, procedural
macros) by the gcc of that root, against its C library, and is started by its loader: so nothing is
needed of the build's root.
"""

from __future__ import annotations

from pathlib import PurePath

from porter.errors import ImageError
from porter.model import Architecture, Interpreter
from porter.toolchain.apart import Apart, libraries, loader
from porter.toolchain.sandbox import CARGO, POSE, RUST
from porter.toolchain.sysroot import inside

PROGRAMS = ("cargo", "rustc", "rustdoc")
_TARGETS = {
    "aarch64": "aarch64-unknown-linux-gnu",
    "armv7l": "armv7-unknown-linux-gnueabihf",
    "ppc64le": "powerpc64le-unknown-linux-gnu",
    "s390x": "s390x-unknown-linux-gnu",
    "x86_64": "x86_64-unknown-linux-gnu",
}
_LINKER = "build-platform/gcc"
"""Below `CARGO`, in a folder that is not on PATH."""
_SCRIPT = """#!/bin/sh
exec {command} "$@"{more}
"""


def packages(arch: Architecture) -> tuple[str, ...]:
    """Debian's packages of a Rust that runs here and emits for an architecture."""
    return ("cargo", "rustc", f"libstd-rust-dev:{arch.debian}")


def scripts(rust: Apart, arch: Architecture) -> dict[str, str]:
    """The programs to go on PATH, and those they link with; by their places below `CARGO`.

    Raises `ImageError` where the root lacks one, or the target's standard library.
    """
    root = rust.path
    library = root / "usr/lib/rustlib" / _TARGETS[arch.name] / "lib"
    there = [name for name in PROGRAMS if (root / "usr/bin" / name).exists()]
    if not {"cargo", "rustc"} <= set(there) or not library.is_dir():
        raise ImageError(
            f"the root {root} has no Rust for {arch}", hint="Remove it, and porter makes it again."
        )
    return {**{name: _script(command(rust, name)) for name in there}, **_linking(rust)}


def command(rust: Apart, program: str = "cargo") -> tuple[str, ...]:
    """How one of the programs is started in a sandbox that has the root at `RUST`."""
    return _started(rust, f"/usr/bin/{program}")


def _started(rust: Apart, program: str) -> tuple[str, ...]:
    folders = ":".join(f"{RUST}{folder}" for folder in libraries(rust.path))
    return (f"{RUST}{loader(rust.path)}", "--library-path", folders, f"{RUST}{program}")


def _linking(rust: Apart) -> dict[str, str]:
    """gcc and what it starts to link. Source: GCC's manual, "Directory Options" (-B, --sysroot)."""
    root = rust.path
    cores = sorted(root.glob("usr/lib*/gcc/*/*/collect2"))
    if not cores or not all(inside(root, f"/usr/bin/{name}") for name in ("gcc", "ld")):
        raise ImageError(
            f"the root {root} has no gcc to link with", hint="Remove it, and porter makes it again."
        )
    beside = PurePath(_LINKER).parent
    gcc = (*command(rust, "gcc"), f"--sysroot={RUST}", f"-B{CARGO}/{beside}")
    run_by = (f"-dynamic-linker={RUST}{loader(root)}", f"-rpath={RUST}{libraries(root)[0]}")
    parts = {"collect2": f"/{cores[-1].relative_to(root)}", "ld": "/usr/bin/ld"}
    return {
        _LINKER: _script(gcc, *(f"-Wl,{option}" for option in run_by)),
        **{f"{beside}/{name}": _script(_started(rust, place)) for name, place in parts.items()},
    }


def _script(command: tuple[str, ...], *more: str) -> str:
    return _SCRIPT.format(command=" ".join(command), more="".join(f" {word}" for word in more))


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
        _linker(_TARGETS[build.name]): f"{CARGO}/{_LINKER}",
        # Where both are one, cargo has one linker for both.
        _linker(target): f"{arch.triple}-gcc",
        # Old releases of the crate pkg-config ask for it; newer ones see that there is a sysroot.
        "PKG_CONFIG_ALLOW_CROSS": "1",
        "PYO3_CROSS_LIB_DIR": POSE,
        "PYO3_CROSS_PYTHON_VERSION": interpreter.version,
        "PYO3_PYTHON": "/porter/env/bin/python",
    }


def _linker(target: str) -> str:
    return f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"
