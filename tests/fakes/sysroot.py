"""A target's root filesystem, as far as a toolchain looks into one."""

from __future__ import annotations

from pathlib import Path

from porter.model import Platform

PLATFORM = Platform.parse("aarch64", "manylinux2014")
GCC = "usr/lib/gcc/aarch64-linux-gnu/10"
PYCONFIG = "#define SIZEOF_LONG 8\n#define HAVE_GCC_ASM_FOR_X64 1\n/* #undef WITH_LTO */\n"


def make_sysroot(place: Path, *, python: str | None = None) -> Path:
    """Debian's layout, with empty files; and headers of ``python`` (3.9) where asked for."""
    triple = PLATFORM.arch.triple
    files = [f"{GCC}/{name}" for name in ("libgcc.a", "crtbeginS.o", "crtendS.o")]
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
