"""Finished wheels, kept so that pip can use the folder as it is."""

from porter.wheelhouse.store import Wheelhouse

__all__ = ["Wheelhouse"]
