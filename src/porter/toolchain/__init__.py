"""Compilers that run on the build platform and emit for the target."""

from porter.toolchain.apart import Apart
from porter.toolchain.crates_io import CratesIo, ask_cargo
from porter.toolchain.fortran import packages as fortran_packages
from porter.toolchain.library import with_bytecode
from porter.toolchain.openmp import packages as openmp_packages
from porter.toolchain.probe import probe
from porter.toolchain.rust import packages as rust_packages
from porter.toolchain.strategies import accelerated, cross, own
from porter.toolchain.values import Probe, Toolchain
from porter.toolchain.zig import is_made

__all__ = [
    "Apart",
    "CratesIo",
    "Probe",
    "Toolchain",
    "accelerated",
    "ask_cargo",
    "cross",
    "fortran_packages",
    "is_made",
    "openmp_packages",
    "own",
    "probe",
    "rust_packages",
    "with_bytecode",
]
