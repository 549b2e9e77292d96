"""Where commands run: containers, or namespaces of this machine. One small protocol."""

from porter.engine.protocol import Engine, Exit, Limits, Mount, Output, Root, Step

__all__ = ["Engine", "Exit", "Limits", "Mount", "Output", "Root", "Step"]
