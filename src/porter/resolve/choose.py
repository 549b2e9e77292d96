"""The interpreter for a target when none was given."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import UsageError
from porter.model import INTERPRETERS, File, Interpreter
from porter.recipes import Recipes
from porter.resolve.catalog import Catalog
from porter.resolve.need import admitted
from porter.resolve.shelf import Window

_CLASSIFIER = re.compile(r"Programming Language :: Python :: 3\.(\d{1,2})")


def default_interpreter(
    requirements: Iterable[Requirement], catalog: Catalog, recipes: Recipes, window: Window
) -> Interpreter:
    """The newest interpreter that the newest matching release of every requirement supports.

    A release supports what its recipe says; else the interpreters its compiled wheels are for,
    on any platform; else those its classifiers name; else those Requires-Python admits. Raises
    `porter.errors.UsageError` when no interpreter serves all requirements.
    """
    common = frozenset(INTERPRETERS)
    told = []
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        supported = _supported(requirement, name, catalog, recipes, window)
        common &= supported
        told.append(f"{name}: {', '.join(i.version for i in sorted(supported)) or 'none'}")
    if not common:
        raise UsageError(
            "no Python is supported by all that was asked for",
            context="\n".join(told),
            hint="Give one with --python.",
        )
    return max(common)


def _supported(
    requirement: Requirement,
    name: NormalizedName,
    catalog: Catalog,
    recipes: Recipes,
    window: Window,
) -> frozenset[Interpreter]:
    if preset := recipes.default_interpreter(name):
        return frozenset({preset})
    if requirement.url is not None and catalog.pin(name) is None:  # only running it could tell
        return frozenset(INTERPRETERS)
    files = _newest([f for f in catalog.files(name) or () if window.admits(f)], requirement)
    if not files:  # an unknown project or version: the resolution has the better words for it
        return frozenset(INTERPRETERS)
    allowed = frozenset(i for i in INTERPRETERS if any(_allows(file, i) for file in files))
    named = _of_wheels(files) or _of_classifiers(files, catalog)
    return (allowed & named) if named else allowed


def _newest(files: list[File], requirement: Requirement) -> list[File]:
    standing = [file for file in files if file.yanked is None] or files
    versions = admitted({file.version for file in standing}, requirement.specifier)
    return [file for file in standing if versions and file.version == max(versions)]


def _allows(file: File, interpreter: Interpreter) -> bool:
    wanted = file.requires_python
    return wanted is None or wanted.contains(Version(interpreter.full_version), prereleases=True)


def _of_wheels(files: Iterable[File]) -> frozenset[Interpreter]:
    tags = {tag for file in files if file.is_wheel for tag in file.tags}
    exact = {i for i in INTERPRETERS for tag in tags if tag.abi == i.abi}
    oldest = [i for i in INTERPRETERS for t in tags if t.abi == "abi3" and t.interpreter == i.tag]
    stable = {i for i in INTERPRETERS if oldest and i >= min(oldest)}
    return frozenset(exact | stable)


def _of_classifiers(files: Iterable[File], catalog: Catalog) -> frozenset[Interpreter]:
    for file in sorted(files, key=lambda f: (not f.is_wheel, f.filename)):
        if metadata := catalog.metadata(file):
            minors = {int(m[1]) for c in metadata.classifiers if (m := _CLASSIFIER.fullmatch(c))}
            return frozenset(i for i in INTERPRETERS if i.minor in minors)
    return frozenset()
