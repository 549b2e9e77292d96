"""What CMake and autoconf are told beforehand, so that no package has to know. Pure.

Neither is told that it compiles for another machine: the Python that calls them poses as the
target's, so do ``uname`` and the compilers, and the target's programs run by QEMU where the kernel
knows it. A build that believes to be at home asks for nothing that only its author could answer.
What has to be held is where it looks: never among the build platform's own headers and libraries.
Meson needs no file: it goes by CC, pkg-config and what the compiler says of its search paths.
"""

from __future__ import annotations

from porter.model import Architecture, Interpreter, Platform
from porter.toolchain.pose import header_folder
from porter.toolchain.sandbox import BIN, INCLUDE, SYSROOT, SYSTEMS, TOOLCHAIN

_CMAKE = "toolchain.cmake"
_SITE = "config.site"
# Below these, paths are what they are; all others are looked for in the target's root.
_ROOTS = (SYSROOT, "/porter/env", "/porter/work", TOOLCHAIN, "/tmp")  # noqa: S108 - the sandbox's
# CMake's FindPython in its three names, and the modules it replaced.
_FIND_PYTHON = ("Python", "Python3", "PYTHON")
# Answers of glibc, for configure scripts that could only find them by running a program.
_WORK = (
    *("malloc_0_nonnull", "realloc_0_nonnull", "calloc_0_nonnull", "memcmp_working"),
    *("strtod_working", "strcoll_works", "mktime_working", "mmap_fixed_mapped", "chown_works"),
    *("fork_works", "vfork_works", "lstat_dereferences_slashed_symlink", "getgroups_works"),
)
# What porter links for gcc's C++ library where glibc lacks it (compat.c), and since when it has it.
# No header declares them: who finds them by linking alone would call them without a prototype.
_LINKED_ONLY = {"getentropy": (2, 25), "arc4random": (2, 36)}
_LOOKED_FOR = ("LIBRARY", "INCLUDE", "PACKAGE")


def texts(interpreter: Interpreter, platform: Platform, *, has_fortran: bool) -> dict[str, str]:
    """The files, by name."""
    return {
        _CMAKE: _toolchain_file(interpreter, platform.arch, has_fortran=has_fortran),
        _SITE: _config_site(platform),
        # For those that will not go without one; an extension module links no libpython.
        _library(interpreter): "!<arch>\n",
    }


def environment() -> dict[str, str]:
    """The variables that lead to them (cmake-env-variables(7); Autoconf, "Site Defaults")."""
    return {"CMAKE_TOOLCHAIN_FILE": f"{SYSTEMS}/{_CMAKE}", "CONFIG_SITE": f"{SYSTEMS}/{_SITE}"}


def _library(interpreter: Interpreter) -> str:
    return f"lib{header_folder(interpreter)}.a"


def _toolchain_file(interpreter: Interpreter, arch: Architecture, *, has_fortran: bool) -> str:
    tools = {
        "C_COMPILER": "gcc",
        "CXX_COMPILER": "g++",
        "AR": "ar",
        "RANLIB": "ranlib",
        "STRIP": "strip",
        **({"Fortran_COMPILER": "gfortran"} if has_fortran else {}),
    }
    lines = [
        f'set(CMAKE_{name} "{BIN}/{arch.triple}-{tool}" CACHE FILEPATH "")'
        for name, tool in tools.items()
    ]
    lines += [
        f'set(CMAKE_LIBRARY_ARCHITECTURE "{arch.triple}")',
        f'set(CMAKE_FIND_ROOT_PATH "{";".join(_ROOTS)}")',
        "set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)",
        *(f"set(CMAKE_FIND_ROOT_PATH_MODE_{what} ONLY)" for what in _LOOKED_FOR),
    ]
    found = {
        "EXECUTABLE": "/porter/env/bin/python",
        "INCLUDE_DIR": f"{INCLUDE}/{header_folder(interpreter)}",
        "LIBRARY": f"{SYSTEMS}/{_library(interpreter)}",
    }
    for module in _FIND_PYTHON:
        for name, path in found.items():
            lines += [
                f"if(NOT DEFINED {module}_{name})",
                f'  set({module}_{name} "{path}" CACHE PATH "")',
                "endif()",
            ]
    return "\n".join(lines) + "\n"


def _config_site(platform: Platform) -> str:
    """Sourced by every configure script; where the target's programs do not run, it says so."""
    lacking = [name for name, since in _LINKED_ONLY.items() if platform.policy.glibc < since]
    answers = (f'  : "${{ac_cv_func_{name}=yes}}"' for name in _WORK)
    return "\n".join(
        (
            *(f"ac_cv_func_{name}=no" for name in lacking),
            f"if ! {SYSROOT}/bin/true 2>/dev/null; then",
            "  cross_compiling=yes",
            f'  : "${{host_alias:={platform.arch.triple}}}"',
            *answers,
            "fi\n",
        )
    )
