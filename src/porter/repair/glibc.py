"""Names that a wheel must not define, because libm or libc export them.

Why: compilers bring a runtime library of their own. The one that ``zig cc`` links in carries
``logl``, ``expl``, ``sinl`` and their like, computed in double precision although the long double
of AArch64 has 113 bits. It wins over libm, auditwheel sees nothing, and the wheel is silently
wrong.

How such a definition looks: runtimes give their functions hidden visibility. lld, the linker of
zig, makes them local then, but leaves the visibility in place. So `porter.repair.elf.Elf.defined`
counts global and weak names, and hidden ones that are local, while a source file's own ``static``
function (local, default visibility) is nobody's business. GNU ld resets the visibility, so what was
hidden before it cannot be told from a static function; its runtime is libgcc, which has none of
these names. In a stripped file only what is exported can be seen.

What is refused:

- All of libm, except its names from outside of ISO C that no compiler ever calls by itself
  (``gamma``, ``j0``, ``drem``, …). Scientific packages bring functions of these names on purpose,
  and ISO C lets them. All others are reserved to the implementation (ISO C, 7.1.3).
- Of libc the families that compilers call by themselves, fortify or specialise, and that
  runtimes therefore carry: ``mem*``, ``str*``, ``b*``, ``*printf``, ``*_chk``.

All else of libc is only warned about: a bundled ``getopt`` or a memory allocator is a package's own
decision, and comes out the same from every compiler.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from porter.model import Platform
from porter.repair.elf import exported

_SUFFIXES = ("", "f", "l")
# glibc 2.17's libm, AArch64: what exists for double, float and long double; then the rest.
_LIBM = """
acos acosh asin asinh atan atan2 atanh cabs cacos cacosh carg casin casinh catan catanh cbrt ccos
ccosh ceil cexp cimag clog clog10 conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan
ctanh erf erfc exp exp10 exp2 expm1 fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp
lgamma llrint llround log log10 log1p log2 logb lrint lround modf nan nearbyint nextafter nexttoward
pow pow10 remainder remquo rint round scalbln scalbn sin sincos sinh sqrt tan tanh tgamma trunc
"""
# Of these, lgamma_r is spelt lgammaf_r and lgammal_r.
_LIBM_BEYOND_ISO_C = "drem finite gamma j0 j1 jn scalb significand y0 y1 yn"
_LIBM_OWN_RIGHT = frozenset(
    {"_LIB_VERSION", "matherr", "signgam"}
    | {name + suffix for name in _LIBM_BEYOND_ISO_C.split() for suffix in _SUFFIXES}
    | {f"lgamma{suffix}_r" for suffix in _SUFFIXES}
)
_RUNTIME_LIBC = frozenset({"bcmp", "memcmp", "memcpy", "memmove", "memset", "strlen"})
_RUNTIME_FAMILIES = re.compile(
    r"(mem|str)[a-z]\w*|b(cmp|copy|zero)|\w*printf|__\w+_chk|__chk_fail|__stack_chk_\w+"
)
# What the C library's own static part (libc_nonshared.a) or the linker puts into every file.
_STARTUP = """
_init _fini _start _end _edata _etext __bss_start __data_start data_start end edata etext atexit
at_quick_exit pthread_atfork stat stat64 fstat fstat64 lstat lstat64 fstatat fstatat64 mknod mknodat
"""
_HARMLESS = frozenset(_STARTUP.split())


@dataclass(frozen=True, slots=True)
class Exports:
    """What the target's C library exports, up to the policy's version."""

    libm: frozenset[str]
    libc: frozenset[str]

    @classmethod
    def known(cls) -> Exports:
        """What every glibc exports of libm and of the runtime families: for want of a sysroot."""
        libm = frozenset(name + suffix for name in _LIBM.split() for suffix in _SUFFIXES)
        return cls(libm, _RUNTIME_LIBC)

    @classmethod
    def of(cls, libm: Path, libc: Path, platform: Platform) -> Exports:
        """Read the two libraries; any exception of pyelftools' means that one is damaged.

        Names that glibc got after the policy's version are left out: to define those is the only
        way to have them.
        """
        with libm.open("rb") as math, libc.open("rb") as rest:
            glibc = platform.policy.glibc
            return cls(exported(math, glibc), exported(rest, glibc))

    def refused(self, defined: frozenset[str]) -> list[str]:
        """The names a wheel is refused for."""
        libm = (defined & self.libm) - _LIBM_OWN_RIGHT
        libc = {name for name in defined & self.libc if _RUNTIME_FAMILIES.fullmatch(name)}
        return sorted((libm | libc) - _HARMLESS)

    def suspicious(self, defined: frozenset[str]) -> list[str]:
        """The names a person should hear about."""
        shared = defined & (self.libm | self.libc)
        return sorted(shared - _HARMLESS - set(self.refused(defined)))


def library_folders(sysroot: Path, triple: str) -> tuple[Path, ...]:
    """Where the dynamic linker of a root looks, and where toolsets of the pypa images lie.

    Debian's and Red Hat's default folders, then those that ``/etc/ld.so.conf.d`` names.
    """
    usual = [
        *(f"{prefix}lib/{triple}" for prefix in ("", "usr/", "usr/local/")),
        *(f"{prefix}lib64" for prefix in ("", "usr/", "usr/local/")),
        *(f"{prefix}lib" for prefix in ("", "usr/", "usr/local/")),
    ]
    candidates = [sysroot / folder for folder in usual]
    candidates += _configured(sysroot)
    candidates += sorted(sysroot.glob("opt/rh/*/root/usr/lib64"))
    inside = (folder.resolve() for folder in candidates if folder.is_dir())
    return tuple(dict.fromkeys(f for f in inside if f.is_relative_to(sysroot.resolve())))


def _configured(sysroot: Path) -> Iterator[Path]:
    for file in sorted(sysroot.glob("etc/ld.so.conf.d/*.conf")):
        if file.is_symlink() or not file.is_file():
            continue
        for line in file.read_text("utf-8", "replace").splitlines():
            if (folder := line.partition("#")[0].strip()).startswith("/"):
                yield sysroot / folder.lstrip("/")


def find_library(folders: tuple[Path, ...], name: str, sysroot: Path) -> Path | None:
    """The first file of that name in the folders that lies in the sysroot itself, or None.

    An absolute symlink leads out of it, to a file of this machine.
    """
    top = sysroot.resolve()
    candidates = (folder / name for folder in folders)
    return next((p for p in candidates if p.is_file() and p.resolve().is_relative_to(top)), None)
