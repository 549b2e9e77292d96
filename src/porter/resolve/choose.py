"""The interpreter for a target when none was given."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import UsageError
from porter.model import INTERPRETERS, File, Interpreter, Platform
from porter.recipes import Recipes
from porter.resolve.catalog import Catalog
from porter.resolve.markers import marker_environment
from porter.resolve.need import admitted, merged
from porter.resolve.once import Once
from porter.resolve.shelf import Window

_CLASSIFIER = re.compile(r"Programming Language :: Python :: 3\.(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Chooser:
    """Chooses the interpreter for what was asked for."""

    platform: Platform
    catalog: Catalog
    recipes: Recipes
    window: Window

    def newest(
        self, requirements: Sequence[Requirement], constraints: Sequence[Requirement]
    ) -> Interpreter:
        """The newest interpreter that the newest matching release of every project supports.

        A release supports what its recipe says; else the interpreters its compiled wheels are for,
        on any platform; else those its classifiers name; else those Requires-Python admits. A
        requirement counts for the interpreters to which it applies. Raises
        `porter.errors.UsageError` when no interpreter serves all.
        """
        supported = Once(partial(self._supported, self._untold(requirements)))
        serving, told = [], defaultdict[NormalizedName, list[str]](list)
        for interpreter in INTERPRETERS:
            markers = marker_environment(self.platform, interpreter)
            asked, limits = merged(requirements, markers), merged(constraints, markers)
            fails = False
            for name, specifier in asked.items():
                limited = specifier & limits.get(name, SpecifierSet())
                told[name] += [interpreter.version] * (interpreter in supported((name, limited)))
                fails |= interpreter.version not in told[name]
            if asked and not fails:
                serving.append(interpreter)
        if not told:  # nothing applies to any: the plan says so, whichever it is for
            return max(INTERPRETERS)
        if not serving:
            raise UsageError(
                "no Python is supported by all that was asked for",
                context="\n".join(f"{n}: {', '.join(told[n]) or 'none'}" for n in told),
                hint="Give one with --python.",
            )
        return max(serving)

    def _untold(self, requirements: Iterable[Requirement]) -> frozenset[NormalizedName]:
        """Projects of which only running them could tell what is at their address."""
        names = (canonicalize_name(r.name) for r in requirements if r.url is not None)
        return frozenset(name for name in names if self.catalog.pin(name) is None)

    def _supported(
        self, untold: frozenset[NormalizedName], wanted: tuple[NormalizedName, SpecifierSet]
    ) -> frozenset[Interpreter]:
        name, specifier = wanted
        if preset := self.recipes.default_interpreter(name):
            return frozenset({preset})
        if name in untold:
            return frozenset(INTERPRETERS)
        known = (f for f in self.catalog.files(name) or () if self.window.admits(f))
        files = _newest(list(known), specifier)
        if not files:  # an unknown project or version: the resolution has the better words for it
            return frozenset(INTERPRETERS)
        allowed = frozenset(i for i in INTERPRETERS if any(_allows(file, i) for file in files))
        named = _of_wheels(files) or _of_classifiers(files, self.catalog)
        return (allowed & named) if named else allowed


def _newest(files: list[File], specifier: SpecifierSet) -> list[File]:
    standing = [file for file in files if file.yanked is None] or files
    versions = admitted({file.version for file in standing}, specifier)
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
