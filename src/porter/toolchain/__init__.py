"""Compilers that run on the build platform and emit for the target."""

from porter.toolchain.probe import probe
from porter.toolchain.strategies import accelerated, cross, own
from porter.toolchain.values import Probe, Toolchain
from porter.toolchain.zig import is_made

__all__ = ["Probe", "Toolchain", "accelerated", "cross", "is_made", "own", "probe"]
