"""A root's standard library with its bytecode beside it.

Debian compiles it when its packages are configured, which those of an extracted root never are;
the manylinux images leave it out. As a root is read-only, every Python of a build would compile
anew what it imports: as much work as a small package is for setuptools, and seconds under QEMU.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path, PurePosixPath

from porter.engine import Engine, Limits, Mount, Root, Step, read_bounded
from porter.errors import ImageError
from porter.toolchain import store

_OUT = "/porter/out"
_FILES = "library"
_PLACE = "place"
# They run in Python 3.6 and newer. Modification times are kept: bytecode is valid for one of them.
_COPY = f"""\
import os, shutil
place = os.path.realpath(os.path.dirname(os.__file__))
shutil.copytree(place, "{_OUT}/{_FILES}", symlinks=True)
with open("{_OUT}/{_PLACE}", "w") as file:
    file.write(place)
"""
_COMPILE = f"""\
import compileall, re, sys
seldom = re.compile("/(site-packages|dist-packages|tests?|idlelib|lib2to3)/")
compileall.compile_dir("{_OUT}/{_FILES}", ddir=sys.argv[1], rx=seldom, quiet=2)
"""
_LIMITS = Limits(seconds=600)
_LONGEST = 4096


def with_bytecode(engine: Engine, root: Root, *, by: Root, cache: Path) -> Root:
    """The root, whose Python finds its standard library compiled; made once for each root.

    `by` has a Python of the same version: bytecode is the same on all architectures, and made in a
    second where it need not run under QEMU. Raises `ImageError` where the root's Python fails.
    """

    def make(draft: Path) -> None:
        _run(engine, root, draft, _COPY)
        # What cannot be compiled is imported from its source: no reason to end here.
        _run(engine, by, draft, _COMPILE, _place(draft, root))

    identity = store.digest("library", root.digest, root.python, _COPY, _COMPILE)
    folder = store.folder(cache, "library", identity, make)
    return replace(root, overlays=(Mount(folder / _FILES, _place(folder, root)),))


def _run(engine: Engine, root: Root, draft: Path, script: str, *words: str) -> None:
    said = bytearray()
    step = Step(
        name="library",
        argv=(str(root.python), "-I", "-c", script, *words),
        root=root,
        mounts=(Mount(draft, _OUT, writable=True),),
        limits=_LIMITS,
    )
    ended = engine.run(step, said.extend)
    if ended.code != 0:
        raise ImageError(
            f"{root.python} in {root.name} ended with {ended.code}",
            context=said.decode("utf-8", "replace")[-2000:],
            hint="Try it by hand: porter doctor says what is missing.",
        )


def _place(folder: Path, root: Root) -> str:
    """Where the library lies in the root."""
    place = (read_bounded(folder / _PLACE, limit=_LONGEST) or b"").decode("utf-8", "replace")
    if not PurePosixPath(place).is_absolute():
        raise ImageError(f"the Python of {root.name} does not say where its library is")
    return place
