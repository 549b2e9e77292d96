"""The compiler wrapper, and the launcher of an image's own compilers: compiled, and named."""

from __future__ import annotations

import json
import platform as host
from importlib.resources import files
from pathlib import Path

from porter.model import Platform
from porter.toolchain import fortran, store, zig
from porter.toolchain.sandbox import BIN, CORES

_COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "cpp")
_BINARY_TOOLS = ("ar", "ranlib", "strip", "ld", "ld.lld", "objcopy")
_OWN_COMPILERS = ("cc", "c++", "gcc", "g++")
_PROGRAM = "porter-compiler"
_WRAPPER = ("wrapper.c", "cores.h", "freestanding.h")
_LAUNCHER = ("launcher.c", "cores.h", "freestanding.h")
# The kernel's name for a machine, where it is another than uname's.
_KERNEL = {"x86_64": "x86"}


def names(platform: Platform, *, has_fortran: bool) -> tuple[str, ...]:
    """All names the wrapper answers to; those in a folder are for gfortran alone."""
    plain = (*_COMPILERS, *_BINARY_TOOLS, *(fortran.COMPILERS if has_fortran else ()))
    parts = (f"fortran/{name}" for name in fortran.PARTS) if has_fortran else ()
    return (*plain, *(f"{platform.arch.triple}-{name}" for name in plain), "uname", *parts)


def source() -> dict[str, str]:
    """The wrapper's C sources by name, without its configuration."""
    return _read(_WRAPPER)


def build(platform: Platform, config: str, cache: Path, *, has_fortran: bool) -> Path:
    """Compile the wrapper for this machine, bound to no library; a folder to go on PATH."""
    return _built(source(), config, names(platform, has_fortran=has_fortran), cache)


def launcher_source() -> dict[str, str]:
    """The launcher's, likewise."""
    return _read(_LAUNCHER)


def launcher(
    cache: Path, *, has_fortran: bool = False, cores: str = CORES, place: str = BIN
) -> Path:
    """Compile the launcher, likewise.

    `has_fortran` tells whether the image has gfortran; `cores` and `place` are where the cores'
    files and this folder will be.
    """
    config = f"#define CORES {json.dumps(cores)}\n#define BIN {json.dumps(place)}\n"
    named = (*_OWN_COMPILERS, *(("gfortran",) if has_fortran else ()))
    return _built(launcher_source(), config, named, cache)


def can_launch() -> bool:
    """Whether this machine is one the programs here can be compiled for."""
    return host.machine() in {"x86_64", "aarch64"}


def cores(count: int, cache: Path) -> Path:
    """The folder whose files stand for the machine's cores (see cores.h)."""
    files = dict.fromkeys((*map(str, range(count)), "next"), "")
    identity = store.digest("cores", sorted(files))
    return store.folder(cache, "cores", identity, lambda draft: store.write(draft, files))


def _read(names: tuple[str, ...]) -> dict[str, str]:
    folder = files("porter.toolchain")
    return {name: (folder / name).read_text("utf-8") for name in names}


def _built(sources: dict[str, str], config: str, names: tuple[str, ...], cache: Path) -> Path:
    texts = {**sources, "config.h": config}
    identity = store.digest("bin", zig.version(), host.machine(), texts, names)
    return store.folder(cache, "bin", identity, lambda draft: _compile(draft, texts, names))


def _compile(draft: Path, texts: dict[str, str], names: tuple[str, ...]) -> None:
    work = draft / "work"
    store.write(work, texts)
    flags = (
        f"--target={host.machine()}-linux-musl",
        *("--no-default-config", "-std=gnu11", "-O1", "-Wall", "-nostdinc"),
        *(word for folder in _kernel_headers() for word in ("-isystem", str(folder))),
        *("-ffreestanding", "-fno-stack-protector", "-fno-pic", "-fno-builtin", "-c"),
    )
    main = next(name for name in texts if name.endswith(".c"))
    zig.run(("clang", *flags, main, "-o", "main.o"), work)
    zig.run(("ld.lld", "-static", "-s", "main.o", "-o", _PROGRAM), work)
    (work / _PROGRAM).rename(draft / _PROGRAM)
    store.remove(work)
    for name in names:
        place = draft / name
        place.parent.mkdir(exist_ok=True)
        place.symlink_to(f"{'../' * name.count('/')}{_PROGRAM}")


def _kernel_headers() -> tuple[Path, ...]:
    lib = zig.installation() / "lib"
    machine = _KERNEL.get(host.machine(), host.machine())
    kernel = (lib / "libc/include" / f"{name}-linux-any" for name in (machine, "any"))
    return (lib / "include", *kernel)
