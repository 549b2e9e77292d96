"""The toolchain of each strategy: cross, accelerated, and the image's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from porter.engine import Mount, Root, binfmt
from porter.errors import ImageError
from porter.model import Architecture, Interpreter, Platform
from porter.toolchain import config_tools, flags, pose, rust, store, systems, tools, zig
from porter.toolchain.apart import Apart
from porter.toolchain.fortran import fortran_files
from porter.toolchain.openmp import library_folder, openmp_files
from porter.toolchain.processor import CPUINFO, cpuinfo
from porter.toolchain.sandbox import (
    BIN,
    CARGO,
    CONFIG,
    CORES,
    GCC,
    INCLUDE,
    OPENMP,
    POSE,
    RUNTIME,
    RUST,
    SYSROOT,
    SYSTEMS,
    ZIG,
)
from porter.toolchain.sysroot import python_headers, system_files, usual_places
from porter.toolchain.values import Probe, Toolchain


def cross(  # noqa: PLR0913 - keyword-only, each one an input of the build
    *,
    platform: Platform,
    interpreter: Interpreter,
    build_root: Root,
    probe: Probe,
    sysroot: Path,
    fortran: Apart | None = None,
    openmp: Apart | None = None,
    cargo: Apart | None = None,
    cache: Path,
    jobs: int,
) -> Toolchain:
    """zig on the build platform, and its Python posing as the target's.

    Args:
        platform: what the wheels are for.
        interpreter: the CPython the wheels are for; ``build_root`` has the same version.
        build_root: where the build will run.
        probe: what ``build_root``'s Python said of itself.
        sysroot: the target's root filesystem on this machine.
        fortran: a cross gfortran, for what needs one.
        openmp: LLVM's OpenMP library for the target, likewise.
        cargo: Rust with the target's standard library, likewise.
        cache: where made folders are kept between runs.
        jobs: compilers that run at once, of this build and all others on this machine.

    Raises:
        ImageError: the sysroot has no gcc runtime, or the Python is another version.
        SurroundingsError: zig is missing or fails.

    """
    if probe.version != (interpreter.major, interpreter.minor):
        raise ImageError(
            f"{build_root.name} has Python {'.'.join(map(str, probe.version))}, "
            f"not {interpreter.version}",
            hint=f"Install Python {interpreter.version} there, or use another strategy.",
        )
    beside = _Beside(fortran, openmp)
    made, config = _compilers(platform, sysroot, beside, cache, apart=True, jobs=jobs)
    headers = _headers(platform, interpreter, probe, sysroot, was=build_root.arch)
    posing = {
        **pose.started(),
        f"{pose.module_name(platform.arch)}.py": pose.sysconfig_module(
            pose.posed(
                probe.variables,
                interpreter=interpreter,
                arch=platform.arch,
                pyconfig=headers["pyconfig.h"],
                was=probe.multiarch,
            )
        ),
    }
    told = systems.texts(interpreter, platform, has_fortran=fortran is not None)
    env = {
        **_compiler_env(platform),
        **_fortran_env(platform, fortran),
        **pose.environment(platform.arch),
        **systems.environment(),
        **_pkg_config(platform),
        # What configure scripts compile and run finds the target's loader and libraries.
        "QEMU_LD_PREFIX": SYSROOT,
    }
    answering, asked = config_tools.folder(sysroot, platform.arch, cache)
    laid = {
        POSE: _folder(cache, "pose", posing),
        f"{INCLUDE}/{pose.header_folder(interpreter)}": _folder(cache, "include", headers),
        CONFIG: answering,
        SYSTEMS: _folder(cache, "systems", told),
        SYSROOT: sysroot,
        **(shown := _shown(sysroot, platform.arch, build_root)),
    }
    # Of a program that the build platform lacks, the target's own serves, by QEMU: swig, protoc.
    path_last = (f"{SYSROOT}/usr/bin",)
    identity: list[object] = ["cross", config, env, posing, headers, asked, told]
    identity += [sorted(shown), path_last, cpuinfo(platform.arch)]
    if cargo:
        programs = rust.scripts(cargo, platform.arch)
        laid |= {RUST: cargo.path, CARGO: _folder(cache, "cargo", programs, executable=True)}
        env |= rust.environment(platform.arch, interpreter, build_root.arch)
        identity += [env, programs, cargo.digest]
    return Toolchain(
        digest=store.digest(*identity),
        mounts=(
            *made,
            *(Mount(source, target) for target, source in laid.items()),
            *_processor(platform.arch, cache),
        ),
        env={**env, **_parallel(jobs)},
        path=(BIN, CONFIG, *([CARGO] if cargo else [])),
        path_last=path_last,
        pythonpath=(POSE,),
        libraries=beside.libraries,
    )


def accelerated(  # noqa: PLR0913 - as above
    *,
    platform: Platform,
    interpreter: Interpreter,
    target_root: Root,
    sysroot: Path,
    fortran: Apart | None = None,
    openmp: Apart | None = None,
    cache: Path,
    jobs: int,
) -> Toolchain:
    """zig, a program of this machine, in the place of the target image's compilers.

    ``sysroot`` is the unpacked ``target_root``: what lies in it is looked up here. Raises as
    `cross` does.
    """
    beside = _Beside(fortran, openmp)
    made, config = _compilers(platform, sysroot, beside, cache, apart=False, jobs=jobs)
    env = {**_compiler_env(platform), **_fortran_env(platform, fortran)}
    return Toolchain(
        digest=store.digest(
            *("accelerated", config, env, target_root.digest, interpreter.tag, pose.started()),
            cpuinfo(platform.arch),
        ),
        mounts=(*made, _started(cache), *_processor(platform.arch, cache)),
        env={**env, **_parallel(jobs)},
        path=(BIN,),
        pythonpath=(POSE,),
        libraries=beside.libraries,
    )


def own(
    *,
    platform: Platform,
    interpreter: Interpreter,
    target_root: Root,
    has_fortran: bool = False,
    cache: Path,
    jobs: int,
) -> Toolchain:
    """The image's own gcc (emulated and native): extracted Debian roots have no ``cc``.

    ``has_fortran`` tells whether its gfortran was asked for.
    """
    env = {"CC": "gcc", "CXX": "g++", "LDSHARED": "gcc -shared"}
    launches = tools.can_launch()
    launcher = tools.launcher(cache, has_fortran=has_fortran) if launches else None
    laid = {BIN: launcher, CORES: tools.cores(jobs, cache)} if launcher else {}
    return Toolchain(
        digest=store.digest(
            *("own", env, target_root.digest, str(platform), interpreter.tag, pose.started()),
            tools.launcher_source() if launches else None,
            cpuinfo(platform.arch),
        ),
        mounts=(
            *(Mount(source, target) for target, source in laid.items()),
            _started(cache),
            *_processor(platform.arch, cache),
        ),
        env={**env, **_parallel(jobs)},
        path=(BIN,) if laid else (),
        pythonpath=(POSE,),
    )


@dataclass(frozen=True, slots=True)
class _Beside:
    """Roots of what zig lacks, each for what needs it."""

    fortran: Apart | None
    openmp: Apart | None

    @property
    def laid(self) -> dict[str, Path]:
        """By their places in the sandbox."""
        places = {GCC: self.fortran, OPENMP: self.openmp}
        return {place: apart.path for place, apart in places.items() if apart}

    @property
    def digests(self) -> list[str]:
        return [apart.digest for apart in (self.fortran, self.openmp) if apart]

    @property
    def libraries(self) -> tuple[Path, ...]:
        return (library_folder(self.openmp),) if self.openmp else ()


def _compilers(
    platform: Platform,
    sysroot: Path,
    beside: _Beside,
    cache: Path,
    *,
    apart: bool,
    jobs: int,
) -> tuple[tuple[Mount, ...], list[object]]:
    """The mounts of zig, its runtime, what lies beside and the wrapper; what identifies them."""
    fortran, openmp = beside.fortran, beside.openmp
    runtime = zig.runtime(platform, cache)
    c, cxx = zig.headers(runtime, platform)
    files = system_files(sysroot, platform)
    stubs = tuple(sorted(path.name for path in (runtime / "lib").glob("*.so")))
    config = flags.config_header(
        flags.Target(
            platform=platform,
            c=c,
            cxx=cxx,
            files=files,
            stubs=stubs,
            sysroot=apart,
            fortran=fortran_files(fortran, platform.arch) if fortran else None,
            openmp=openmp_files(openmp) if openmp else None,
        )
    )
    laid = {
        ZIG: zig.installation(),
        RUNTIME: runtime,
        BIN: tools.build(platform, config, cache, has_fortran=fortran is not None),
        CORES: tools.cores(jobs, cache),
        **beside.laid,
    }
    mounts = tuple(Mount(source, target) for target, source in laid.items())
    identity = [zig.version(), zig.target(platform), zig.sources(), tools.source(), config]
    return mounts, [*identity, *beside.digests]


def _shown(sysroot: Path, arch: Architecture, build_root: Root) -> dict[str, Path]:
    """The target's headers and libraries where a setup.py looks for them without asking anyone.

    An ``os.path.exists("/usr/include/jpeglib.h")`` is to answer for the target; the wrapper sends
    the folders that come of it below the sysroot. This machine's own root takes no mount below
    ``/usr/lib``.
    """
    if arch == build_root.arch:
        return {}
    places = usual_places(sysroot, arch.triple)
    return {
        place: folder
        for place, folder in places.items()
        if not (build_root.is_host and place.startswith("/usr/lib/"))
    }


def _headers(
    platform: Platform,
    interpreter: Interpreter,
    probe: Probe,
    sysroot: Path,
    *,
    was: Architecture,
) -> dict[str, str]:
    """The target's Python headers, or those of the build platform with the x86 facts taken out."""
    found = python_headers(sysroot, interpreter, platform.arch.triple)
    if found and "pyconfig.h" in found:
        return found
    if platform.arch.big_endian or platform.arch.bits != 64:
        raise ImageError(
            f"the {platform.arch} root {sysroot} has no headers of Python {interpreter.version}",
            hint=f"{platform.arch} differs too much from here to derive them: take a --python that "
            "its images have (porter image list).",
        )
    if "Python.h" not in probe.headers or "pyconfig.h" not in probe.headers:
        raise ImageError(
            f"no headers of Python {interpreter.version}, in the target's root or beside the "
            "build platform's Python",
            hint=f"Install them: apt-get install python{interpreter.version}-dev.",
        )
    if platform.arch == was:
        return dict(probe.headers)
    pyconfig = pose.derived_pyconfig(probe.headers["pyconfig.h"])
    return {**probe.headers, "pyconfig.h": pyconfig}


def _started(cache: Path) -> Mount:
    return Mount(_folder(cache, "pose", pose.started()), POSE)


def _processor(arch: Architecture, cache: Path) -> tuple[Mount, ...]:
    """What a build for another processor than this machine's is told of it."""
    text = None if binfmt.is_native(arch) else cpuinfo(arch)
    if text is None:
        return ()
    return (Mount(_folder(cache, "processor", {"cpuinfo": text}) / "cpuinfo", CPUINFO),)


def _folder(cache: Path, kind: str, texts: Mapping[str, str], *, executable: bool = False) -> Path:
    def make(draft: Path) -> None:
        store.write(draft, texts)
        for name in texts if executable else ():
            (draft / name).chmod(0o755)

    return store.folder(cache, kind, store.digest(kind, texts), make)


def _compiler_env(platform: Platform) -> dict[str, str]:
    cc, cxx = f"{platform.arch.triple}-gcc", f"{platform.arch.triple}-g++"
    return {
        "CC": cc,
        "CXX": cxx,
        "CPP": f"{cc} -E",
        "LDSHARED": f"{cc} -shared",
        "LDCXXSHARED": f"{cxx} -shared",
        "AR": f"{platform.arch.triple}-ar",
        "RANLIB": f"{platform.arch.triple}-ranlib",
        "STRIP": f"{platform.arch.triple}-strip",
        "LD": f"{platform.arch.triple}-ld",
    }


def _fortran_env(platform: Platform, fortran: Apart | None) -> dict[str, str]:
    # As make, numpy.distutils, Autoconf, CMake and Meson name it.
    compiler = f"{platform.arch.triple}-gfortran"
    return dict.fromkeys(("FC", "F77", "F90"), compiler) if fortran else {}


def _pkg_config(platform: Platform) -> dict[str, str]:
    """Only the target's libraries, with their paths below the sysroot (pkg-config(1))."""
    wide = "lib64" if platform.arch.bits == 64 else "lib"
    places = (f"lib/{platform.arch.triple}", wide, "lib", "share")
    folders = [f"{SYSROOT}/usr/{place}/pkgconfig" for place in places]
    folders.append(f"{SYSROOT}/usr/local/lib/pkgconfig")
    return {"PKG_CONFIG_SYSROOT_DIR": SYSROOT, "PKG_CONFIG_LIBDIR": ":".join(folders)}


def _parallel(jobs: int) -> dict[str, str]:
    return {
        "MAKEFLAGS": f"-j{jobs}",
        "NPY_NUM_BUILD_JOBS": str(jobs),
        "PORTER_JOBS": str(jobs),
        "CMAKE_BUILD_PARALLEL_LEVEL": str(jobs),
    }
