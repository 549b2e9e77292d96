"""Recipes made in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from porter.recipes import Recipe
from porter.recipes.schema import Rules


def recipe_with(**rules: Any) -> Recipe:
    """A recipe of these rules."""
    return Recipe(
        name=canonicalize_name("demo"),
        reason="because",
        tested=(),
        rules=Rules(**rules),
        patches=(),
        origin=Path("demo.toml"),
    )
