"""The composition root: one function for each thing a person can ask for.

Rooms know nothing of each other beyond the arrows of docs/explanation/architecture.md; here they
are put together. The command line and dodo.py call these functions, and nothing else does.
"""

from porter.app.building import Execution, Run, build, port_tasks
from porter.app.looking import Standing, Why, log, status, why
from porter.app.machine import (
    Fitness,
    bootstrap_images,
    examine,
    list_images,
    proposals,
    remove_image,
    set_up,
)
from porter.app.planning import Planned, Selection, plan, read_plan

__all__ = [
    "Execution",
    "Fitness",
    "Planned",
    "Run",
    "Selection",
    "Standing",
    "Why",
    "bootstrap_images",
    "build",
    "examine",
    "list_images",
    "log",
    "plan",
    "port_tasks",
    "proposals",
    "read_plan",
    "remove_image",
    "set_up",
    "status",
    "why",
]
