"""What a target's root filesystem offers to compilers. Symbolic links stay inside the root.

Inside a build the linker follows them by itself, so those of a sysroot have to be relative; that is
how porter.images unpacks them.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from porter.errors import ImageError
from porter.model import Interpreter, Platform
from porter.toolchain.flags import CxxLibrary, SystemFiles

_GCC_FOLDERS = ("usr/lib/gcc", "usr/lib64/gcc", "opt/rh/*/root/usr/lib/gcc", "usr/local/lib/gcc")
_MAX_LINKS = 40


def inside(root: Path, path: str) -> Path | None:
    """The file that ``path`` (absolute, in the root) leads to, or None where there is none."""
    parts = [part for part in reversed(path.split("/")) if part not in ("", ".")]
    place = "/"
    links = 0
    while parts:
        part = parts.pop()
        if part == "..":
            place = posixpath.dirname(place)
            continue
        candidate = root / posixpath.join(place, part).lstrip("/")
        if not candidate.is_symlink():
            place = posixpath.join(place, part)
            continue
        links += 1
        if links > _MAX_LINKS:
            return None
        goal = str(candidate.readlink())
        place = "/" if goal.startswith("/") else place
        parts += [item for item in reversed(goal.split("/")) if item not in ("", ".")]
    found = root / place.lstrip("/")
    return found if found.exists() else None


def system_files(root: Path, platform: Platform) -> SystemFiles:
    """Find gcc's runtime and the library folders; `ImageError` where it has none."""
    libgcc = _libgcc(root, platform)
    folder = "/" + libgcc.parent.relative_to(root).as_posix()
    shared = [f"/{place}/libgcc_s.so.1" for place in _library_folders(platform)]
    found = [path for path in shared if inside(root, path)]
    if not found:
        raise ImageError(
            f"the {platform.arch} root {root} has no libgcc_s.so.1",
            hint="Make the image again: porter image bootstrap.",
        )
    return SystemFiles(
        libgcc=f"{folder}/libgcc.a",
        begin=f"{folder}/crtbeginS.o",
        end=f"{folder}/crtendS.o",
        libgcc_s=found[0],
        library_folders=(
            *(f"/{place}" for place in _library_folders(platform) if inside(root, f"/{place}")),
            folder,  # libgfortran.so, libgomp.so, libatomic.so
        ),
        cxx=_cxx_library(root, libgcc.parent),
    )


def _library_folders(platform: Platform) -> tuple[str, ...]:
    triple = platform.arch.triple
    wide = "lib64" if platform.arch.bits == 64 else "lib"
    names = (f"lib/{triple}", wide, "lib")
    return tuple(
        dict.fromkeys(f"{top}{name}" for top in ("usr/local/", "usr/", "") for name in names)
    )


def library_folder(root: Path, platform: Platform) -> str:
    """Where the root's distribution puts libraries, absolute: by Debian's way, or Red Hat's."""
    places = [f"/{place}" for place in _library_folders(platform) if place.startswith("usr/lib")]
    return next((place for place in places if inside(root, place)), places[-1])


def _libgcc(root: Path, platform: Platform) -> Path:
    """The newest gcc's ``libgcc.a`` that has its start files beside it."""
    machine = platform.arch.triple.split("-")[0]
    machines = {machine, platform.arch.name, "arm" if platform.arch.name == "armv7l" else machine}
    found = [
        path
        for place in _GCC_FOLDERS
        for name in machines
        for path in root.glob(f"{place}/{name}-*/*/libgcc.a")
        if (path.parent / "crtbeginS.o").exists()
    ]
    if not found:
        raise ImageError(
            f"the {platform.arch} root {root} has no gcc: libgcc.a is what every link needs",
            hint="Use an image with gcc in it, or make one: porter image bootstrap.",
        )
    return max(found, key=lambda path: [int(n) for n in path.parent.name.split(".") if n.isdigit()])


def _cxx_library(root: Path, gcc: Path) -> CxxLibrary | None:
    """gcc's C++ library, which lies with its gcc: ``…/lib/gcc/TRIPLE/VERSION``."""
    triple, version = gcc.parts[-2:]
    include = gcc.parents[3] / "include"
    common = include / "c++" / version
    # Debian keeps what differs between architectures apart; Red Hat puts it below the others.
    own = (include / triple / "c++" / version, common / triple)
    found = next((folder for folder in own if (folder / "bits/c++config.h").is_file()), None)
    if found is None or not (gcc / "libstdc++.a").is_file():
        return None
    folders = (common, found, common / "backward")
    below = (f"/{path.relative_to(root).as_posix()}" for path in folders)
    return CxxLibrary(f"/{(gcc / 'libstdc++.a').relative_to(root).as_posix()}", tuple(below))


def usual_places(root: Path, triple: str) -> dict[str, Path]:
    """Where builds look for headers and libraries by themselves, and what lies there in a root.

    Only folders that are the target's alone: in ``/usr/lib64`` are the build platform's libraries.
    """
    places = ("/usr/include", f"/usr/lib/{triple}")
    found = {place: inside(root, place) for place in places}
    return {place: folder for place, folder in found.items() if folder}


def python_headers(root: Path, interpreter: Interpreter, triple: str) -> dict[str, str] | None:
    """The root's own C headers of this interpreter, or None where it has not got them."""
    name = f"python{interpreter.version}{'m' if interpreter.minor < 8 else ''}"
    tag = f"{interpreter.tag}-{interpreter.abi}"
    for place in (f"/opt/python/{tag}/include/{name}", f"/usr/include/{name}"):
        folder = inside(root, place)
        if folder and (folder / "Python.h").is_file():
            headers = _texts(folder)
            # Debian's pyconfig.h only points at the one of the architecture.
            own = inside(root, f"/usr/include/{triple}/{name}/pyconfig.h")
            if own and place.startswith("/usr/include"):
                headers["pyconfig.h"] = own.read_text("utf-8", "replace")
            return headers
    return None


def _texts(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8", "replace")
        for path in sorted(folder.rglob("*.h"))
        if path.is_file() and not path.is_symlink()
    }
