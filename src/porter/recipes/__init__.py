"""Per-package knowledge, as TOML files."""

from porter.recipes.collection import Recipes
from porter.recipes.loader import read_recipe
from porter.recipes.schema import (
    Recipe,
    RecipeFile,
    Rules,
    SystemPackages,
    VersionAlias,
    digest_of,
)

__all__ = [
    "Recipe",
    "RecipeFile",
    "Recipes",
    "Rules",
    "SystemPackages",
    "VersionAlias",
    "digest_of",
    "read_recipe",
]
