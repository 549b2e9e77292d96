"""Venv-shaped folders made from wheels on this machine; nothing of them is executed."""

from porter.environment.archive import WheelContents, open_wheel, read_wheel
from porter.environment.assemble import Environment, assemble
from porter.environment.overlay import overlay

__all__ = ["Environment", "WheelContents", "assemble", "open_wheel", "overlay", "read_wheel"]
