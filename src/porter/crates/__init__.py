"""Crates of Rust packages: those a Cargo.lock names, and where they are fetched from."""

from porter.crates.configuration import Configuration, read_configuration
from porter.crates.lock import Crate
from porter.crates.registries import UNREACHABLE, Registries, Supply
from porter.crates.tree import wanted

__all__ = [
    "UNREACHABLE",
    "Configuration",
    "Crate",
    "Registries",
    "Supply",
    "read_configuration",
    "wanted",
]
