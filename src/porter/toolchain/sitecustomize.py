"""Lets the build platform's Python answer as the target's would, in a porter sandbox.

Runs in Python 3.6 and newer, at the start of every Python of the build. PORTER_MACHINE holds the
target's machine name, PORTER_BYTE_ORDER how it orders bytes; without them nothing is changed.
"""

import os
import sys


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
_chain()
