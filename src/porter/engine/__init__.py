"""Where commands run: containers, or namespaces of this machine. One small protocol."""

from porter.engine.beside import Beside
from porter.engine.choice import EngineName, choose, container_engines
from porter.engine.containers import DockerEngine
from porter.engine.host import host_tools
from porter.engine.interpreters import host_root
from porter.engine.isolation import Isolation
from porter.engine.local import LocalEngine
from porter.engine.protocol import Engine, Exit, Limits, Mount, Output, Root, Step
from porter.engine.written import read_bounded

__all__ = [
    "Beside",
    "DockerEngine",
    "Engine",
    "EngineName",
    "Exit",
    "Isolation",
    "Limits",
    "LocalEngine",
    "Mount",
    "Output",
    "Root",
    "Step",
    "choose",
    "container_engines",
    "host_root",
    "host_tools",
    "read_bounded",
]
