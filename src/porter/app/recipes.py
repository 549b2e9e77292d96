"""Recipes, as a person looks at them: what is there, what one says, and beginning a new one."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from packaging.utils import NormalizedName, canonicalize_name, is_normalized_name
from packaging.version import InvalidVersion, Version

from porter.config import Workspace
from porter.errors import UsageError
from porter.recipes import RecipeFile, Recipes, VersionAlias, read_recipe

_SKELETON = """\
# What porter has to know to build {name}. All keys: docs/reference/recipes.md.
# Check it: porter recipe check recipes/{name}.toml
reason = "why {name} needs a recipe, in one line"
# Where it was tried: VERSION PYTHON PLATFORM.
tested = []

[[release]]
# A version specifier; empty for all. The first entry that matches a release holds for it.
versions = ""
# env = {{ CFLAGS = "-O2" }}
# build-requires.add = ["cython<3"]
# build-requires.cap = {{ setuptools = "<60" }}
# patches = ["fix.patch"]  # in recipes/{name}/
# source = {{ url = "https://…/{name}-1.0.tar.gz", sha256 = "…" }}
# tests.modules = ["{module}.tests"]
# tests.files = ["tests"]
# tests.requires = ["pytest"]
"""


@dataclass(frozen=True, slots=True)
class RecipeEntry:
    """A recipe file that holds for a project."""

    name: NormalizedName
    path: Path
    origin: str
    """``workspace`` or ``shipped``."""
    file: RecipeFile

    def said_of(self, text: str) -> tuple[VersionAlias | None, dict[str, Any] | None]:
        """What it says of a version: the release meant by it, and the rules, as plain data.

        Only what is said; None where no entry matches. Raises
        `porter.errors.UsageError` for what is no version.
        """
        version = _version(text)
        recipes = Recipes((self.path.parent,))
        alias = recipes.alias(self.name, version)
        recipe = recipes.find(self.name, alias.version if alias else version)
        if recipe is None:
            return alias, None
        said: dict[str, Any] = msgspec.to_builtins(recipe.rules)
        return alias, said


def list_recipes(workspace: Path) -> tuple[RecipeEntry, ...]:
    """Every recipe that would be used, by name.

    Raises:
        UsageError: a file is wrong.
    """
    recipes, place = Recipes.load(Workspace(workspace).recipes), Workspace(workspace)
    return tuple(_entry(name, recipes, place) for name in recipes.names())


def show_recipe(name: str, workspace: Path) -> RecipeEntry:
    """The recipe that holds for a project.

    Raises:
        UsageError: there is none, or the file is wrong.
    """
    place, project = Workspace(workspace), canonicalize_name(name)
    recipes = Recipes.load(place.recipes)
    if project not in recipes.names():
        raise UsageError(f"no recipe for {project}", hint=f"Begin one: porter recipe new {project}")
    return _entry(project, recipes, place)


def _entry(name: NormalizedName, recipes: Recipes, place: Workspace) -> RecipeEntry:
    found = recipes.file(name)
    if found is None:
        raise AssertionError(name)
    path, file = found
    origin = "workspace" if path.parent == place.recipes else "shipped"
    return RecipeEntry(name, path, origin, file)


def check_recipe(path: Path) -> RecipeFile:
    """Read a recipe file as a plan would.

    Raises:
        UsageError: it is wrong; the message gives the file, the line and the key.
    """
    if path.suffix != ".toml" or not is_normalized_name(canonicalize_name(path.stem)):
        raise UsageError(f"{path} is not named after a project", hint="Name it NAME.toml.")
    return read_recipe(path)


def unheeded(file: RecipeFile) -> tuple[str, ...]:
    """The keys of a recipe that porter knows and does not act upon: it has no images with musl."""
    return ("system.apk",) if any(rules.system.apk for rules in file.release) else ()


def new_recipe(name: str, workspace: Path) -> Path:
    """Begin a recipe in the workspace: from the shipped one where there is one.

    Raises:
        UsageError: the name is none, or the workspace has a recipe for it.
    """
    project = canonicalize_name(name)
    if not is_normalized_name(project):
        raise UsageError(f"{name!r} is not the name of a project")
    folder = Workspace(workspace).recipes
    if known := Recipes((folder,)).file(project):
        raise UsageError(f"{known[0]} is there already", hint="Edit it, or move it away.")
    path = folder / f"{project}.toml"
    folder.mkdir(parents=True, exist_ok=True)
    shipped = Recipes.load(None).file(project)
    text = _SKELETON.format(name=project, module=project.replace("-", "_"))
    if shipped is not None:
        # The workspace's file hides the shipped one, so nothing that is known may get lost.
        text = shipped[0].read_text(encoding="utf-8")
        if shipped[0].with_suffix("").is_dir():
            shutil.copytree(shipped[0].with_suffix(""), path.with_suffix(""), dirs_exist_ok=True)
    with path.open("x", encoding="utf-8") as opened:
        opened.write(text)
    return path


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageError(f"{text!r} is not a version", hint="Write 1.18.5.") from error
