"""A target's root filesystem, as far as a toolchain looks into one."""

from __future__ import annotations

from pathlib import Path

from porter.model import Platform
from porter.toolchain import Apart

PLATFORM = Platform.parse("aarch64", "manylinux2014")
GCC = "usr/lib/gcc/aarch64-linux-gnu/10"
PYCONFIG = "#define SIZEOF_LONG 8\n#define HAVE_GCC_ASM_FOR_X64 1\n/* #undef WITH_LTO */\n"


def make_tools(place: Path) -> Path:
    """A root of an x86_64 machine with Debian's gfortran for the target; empty files."""
    triple = PLATFORM.arch.triple
    names = (
        "lib/x86_64-linux-gnu/ld-2.31.so",
        f"usr/bin/{triple}-as",
        f"usr/bin/{triple}-gfortran",
        f"usr/lib/gcc-cross/{triple}/10/f951",
    )
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    (place / "lib64").mkdir()
    (place / "lib64/ld-linux-x86-64.so.2").symlink_to("../lib/x86_64-linux-gnu/ld-2.31.so")
    return place


STANDARD = "usr/lib/rustlib/aarch64-unknown-linux-gnu/lib"
LINKING = ("usr/bin/gcc", "usr/bin/ld", "usr/libexec/gcc/x86_64-linux-gnu/14/collect2")


def make_rust(
    place: Path,
    *,
    programs: tuple[str, ...] = ("cargo", "rustc"),
    library: str = STANDARD,
    linking: tuple[str, ...] = LINKING,
) -> Apart:
    """Likewise with Rust for the target, and the gcc it links with."""
    make_tools(place)
    for name in (*(f"usr/bin/{program}" for program in programs), *linking):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    (place / library).mkdir(parents=True)
    return Apart(place, "sha256:r")


def add_openmp(root: Path, version: str = "11", *, headers: str = "include/openmp") -> Path:
    """Add what Debian's libomp-dev brings; empty files."""
    llvm = root / f"usr/lib/llvm-{version}"
    for name in (f"{headers}/omp.h", "lib/libomp.so.5"):
        (llvm / name).parent.mkdir(parents=True, exist_ok=True)
        (llvm / name).touch()
    (llvm / "lib/libomp.so").symlink_to("libomp.so.5")
    return root


def make_sysroot(
    place: Path, *, python: str | None = None, triple: str = PLATFORM.arch.triple
) -> Path:
    """Debian's layout, with empty files; and headers of ``python`` (3.9) where asked for."""
    gcc = f"usr/lib/gcc/{triple}/10"
    files = [f"{gcc}/{name}" for name in ("libgcc.a", "crtbeginS.o", "crtendS.o")]
    texts = dict.fromkeys([*files, f"usr/lib/{triple}/libgcc_s.so.1"], "")
    if python:
        texts[f"usr/include/python{python}/Python.h"] = "/* the target's */\n"
        texts[f"usr/include/python{python}/pyconfig.h"] = "#include <multiarch>\n"
        texts[f"usr/include/{triple}/python{python}/pyconfig.h"] = PYCONFIG.replace(
            "X64 1", "X64 0"
        )
    for name, text in texts.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (place / "lib").symlink_to("usr/lib")
    return place
