"""Finished wheels, kept so that pip can use the folder as it is."""

from porter.wheelhouse.durable import PART, remove_parts, sync_folder, write_durably
from porter.wheelhouse.store import Wheelhouse

__all__ = ["PART", "Wheelhouse", "remove_parts", "sync_folder", "write_durably"]
