"""The compiler wrapper, compiled, under every name a build may call it by."""

from __future__ import annotations

import platform as host
from importlib.resources import files
from pathlib import Path

from porter.model import Platform
from porter.toolchain import store, zig

_COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "cpp")
_BINARY_TOOLS = ("ar", "ranlib", "strip", "ld", "ld.lld", "objcopy")
_PROGRAM = "porter-compiler"
_SOURCES = ("wrapper.c", "freestanding.h")
# The kernel's name for a machine, where it is another than uname's.
_KERNEL = {"x86_64": "x86"}


def names(platform: Platform) -> tuple[str, ...]:
    """All names the wrapper answers to."""
    plain = (*_COMPILERS, *_BINARY_TOOLS)
    return (*plain, *(f"{platform.arch.triple}-{name}" for name in plain), "uname")


def source() -> dict[str, str]:
    """The wrapper's C sources by name, without its configuration."""
    folder = files("porter.toolchain")
    return {name: (folder / name).read_text("utf-8") for name in _SOURCES}


def build(platform: Platform, config: str, cache: Path) -> Path:
    """Compile the wrapper for this machine, bound to no library; a folder to go on PATH."""
    identity = store.digest("bin", zig.version(), host.machine(), source(), config)
    return store.folder(cache, "bin", identity, lambda draft: _compile(draft, platform, config))


def _compile(draft: Path, platform: Platform, config: str) -> None:
    work = draft / "work"
    store.write(work, {**source(), "config.h": config})
    flags = (
        f"--target={host.machine()}-linux-musl",
        *("--no-default-config", "-std=gnu11", "-O1", "-Wall", "-nostdinc"),
        *(word for folder in _kernel_headers() for word in ("-isystem", str(folder))),
        *("-ffreestanding", "-fno-stack-protector", "-fno-pic", "-fno-builtin", "-c"),
    )
    zig.run(("clang", *flags, "wrapper.c", "-o", "wrapper.o"), work)
    zig.run(("ld.lld", "-static", "-s", "wrapper.o", "-o", _PROGRAM), work)
    (work / _PROGRAM).rename(draft / _PROGRAM)
    store.remove(work)
    for name in names(platform):
        (draft / name).symlink_to(_PROGRAM)


def _kernel_headers() -> tuple[Path, ...]:
    lib = zig.installation() / "lib"
    machine = _KERNEL.get(host.machine(), host.machine())
    kernel = (lib / "libc/include" / f"{name}-linux-any" for name in (machine, "any"))
    return (lib / "include", *kernel)
