"""Lets the build platform's Python answer as the target's would, and distutils use all cores.

Runs in a porter sandbox, in Python 3.6 and newer, at the start of every Python of the build: so it
imports nothing that is not there already. PORTER_MACHINE holds the target's machine name,
PORTER_BYTE_ORDER how it orders bytes, PORTER_TRIPLE its GNU triple, PORTER_JOBS the compilations
that may run at once; without them nothing is changed.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType

# In Python's own distutils, setuptools', and that under the name of Python's own.
_CHANGED = {
    f"{home}.{module}"
    for home in ("distutils", "setuptools._distutils")
    for module in ("ccompiler", "compilers.C.base", "command.build_ext")
}


def _pose(machine: str, byte_order: str) -> None:
    real = os.uname
    # Sources choose macros by it (pandas: __BIG_ENDIAN__). What Python itself does with it here
    # are formats that state their order.
    sys.byteorder = byte_order  # type: ignore[assignment]  # one of two texts

    def uname() -> os.uname_result:
        names = list(real())
        names[4] = machine
        return os.uname_result(names)

    os.uname = uname


def _rename(triple: str) -> None:
    """Let names of the target's extension modules be valid ones (meson-python up to 0.12 asks).

    Python itself finds modules by a list of its own.
    """
    from importlib.machinery import EXTENSION_SUFFIXES

    for place, suffix in enumerate(EXTENSION_SUFFIXES):
        kind = suffix.split("-", 2)  # .cpython-311-x86_64-linux-gnu.so
        if len(kind) == 3:
            EXTENSION_SUFFIXES[place] = f"{kind[0]}-{kind[1]}-{triple}.so"


class _Finder:
    """Finds some modules as others do, and has porter_parallel change them."""

    def __init__(self) -> None:
        self._looking = ""

    def find_spec(self, name: str, *_: object) -> "ModuleSpec | None":
        if name not in _CHANGED or name == self._looking:
            return None
        from importlib.util import find_spec

        self._looking = name
        try:
            spec = find_spec(name)
        finally:
            self._looking = ""
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def exec_module(module: "ModuleType") -> None:
                execute(module)
                from porter_parallel import change  # type: ignore[import-not-found] # beside it

                change(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign] # this one alone
        return spec


def _give_nothing_away() -> None:
    """Let a root without its powers, as in a container, keep what it should give to others.

    tarfile changes owners where it runs as root, and leaves alone the mode of a file whose owner it
    cannot change: then no ``configure`` of an archive inside a source can be executed.
    """

    def forgiving(change: "Callable[..., None]") -> "Callable[..., None]":
        def changed(*where: object, **how: object) -> None:
            try:  # noqa: SIM105 - contextlib is not there yet
                change(*where, **how)
            except PermissionError:
                pass  # it is the build's own now, as it is for anyone who is not root

        return changed

    os.chown, os.lchown = forgiving(os.chown), forgiving(os.lchown)


def _chain() -> None:
    """Run the sitecustomize that this one hides, if there is one."""
    from importlib.machinery import PathFinder

    here = __file__.rpartition("/")[0]
    others = [entry for entry in sys.path if entry.rstrip("/") != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        spec.loader.exec_module(module_from_spec(spec))


if os.environ.get("PORTER_MACHINE"):
    _pose(os.environ["PORTER_MACHINE"], os.environ["PORTER_BYTE_ORDER"])
    _rename(os.environ["PORTER_TRIPLE"])
if os.environ.get("PORTER_JOBS", "1") != "1":
    sys.meta_path.insert(0, _Finder())
if os.geteuid() == 0:
    _give_nothing_away()
_chain()
