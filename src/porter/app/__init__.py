"""The composition root: one function for each thing a person can ask for.

Rooms know nothing of each other beyond the arrows of docs/explanation/architecture.md; here they
are put together. The command line and dodo.py call these functions, and nothing else does.

They are imported when they are first asked for: a plan needs no container engine, and what brings
one along takes longer to import than a plan to make.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from porter.app.building import Execution, Run, build
    from porter.app.checking import Currency, check
    from porter.app.cleaning import Litter, clean
    from porter.app.drawing import draw
    from porter.app.looking import LogFile, Standing, Why, log, status, why
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
    from porter.app.recipes import (
        RecipeEntry,
        check_recipe,
        list_recipes,
        new_recipe,
        show_recipe,
        unheeded,
    )
    from porter.app.serving import serve
    from porter.app.tasks import port_tasks

__all__ = [
    "Currency",
    "Execution",
    "Fitness",
    "Litter",
    "LogFile",
    "Planned",
    "RecipeEntry",
    "Run",
    "Selection",
    "Standing",
    "Why",
    "bootstrap_images",
    "build",
    "check",
    "check_recipe",
    "clean",
    "draw",
    "examine",
    "list_images",
    "list_recipes",
    "log",
    "new_recipe",
    "plan",
    "port_tasks",
    "proposals",
    "read_plan",
    "remove_image",
    "serve",
    "set_up",
    "show_recipe",
    "status",
    "unheeded",
    "why",
]

_HOMES = {
    "building": ("Execution", "Run", "build"),
    "cleaning": ("Litter", "clean"),
    "checking": ("Currency", "check"),
    "drawing": ("draw",),
    "looking": ("LogFile", "Standing", "Why", "log", "status", "why"),
    "machine": (
        "Fitness",
        "bootstrap_images",
        "examine",
        "list_images",
        "proposals",
        "remove_image",
        "set_up",
    ),
    "planning": ("Planned", "Selection", "plan", "read_plan"),
    "recipes": (
        "RecipeEntry",
        "check_recipe",
        "list_recipes",
        "new_recipe",
        "show_recipe",
        "unheeded",
    ),
    "serving": ("serve",),
    "tasks": ("port_tasks",),
}
"""The module each name lives in."""


def __getattr__(name: str) -> Any:  # PEP 562
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
