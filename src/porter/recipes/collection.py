"""The recipes at hand: the workspace's, then those that come with porter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.model import Interpreter
from porter.recipes.loader import read_recipe
from porter.recipes.schema import Recipe, RecipeFile, Rules, VersionAlias

SHIPPED = Path(__file__).parent / "shipped"


class Recipes:
    """Recipes by project name; a workspace's file hides the shipped one of the same name."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        self._folders = folders
        self._files: dict[NormalizedName, tuple[Path, RecipeFile] | None] = {}
        self._paths: dict[NormalizedName, Path] | None = None

    @classmethod
    def load(cls, workspace_recipes: Path | None) -> Recipes:
        """The recipes of a workspace's folder (need not exist) and the shipped ones.

        Files are read when they are asked for.
        """
        return cls((SHIPPED,) if workspace_recipes is None else (workspace_recipes, SHIPPED))

    def names(self) -> tuple[NormalizedName, ...]:
        """All projects with a recipe, sorted."""
        return tuple(sorted(self._listed()))

    def file(self, name: NormalizedName) -> tuple[Path, RecipeFile] | None:
        """A project's recipe and where it stands, or None.

        Raises `porter.errors.UsageError` for a file that is wrong.
        """
        if name not in self._files:
            path = self._listed().get(name)
            self._files[name] = None if path is None else (path, read_recipe(path))
        return self._files[name]

    def find(self, name: NormalizedName, version: Version) -> Recipe | None:
        """What is known about building a release; None when nothing is.

        Raises `porter.errors.UsageError` for a file that is wrong.
        """
        return self._first(name, lambda rules: _matches(rules, version))

    def for_all(self, name: NormalizedName) -> Recipe | None:
        """What is known about building any release: the first entry without ``versions``.

        Raises `porter.errors.UsageError` for a file that is wrong.
        """
        return self._first(name, lambda rules: not rules.versions)

    def _first(self, name: NormalizedName, holds: Callable[[Rules], bool]) -> Recipe | None:
        found = self.file(name)
        if found is None:
            return None
        path, recipe = found
        rules = next(filter(holds, recipe.release), None)
        if rules is None:
            return None
        folder = path.with_suffix("")
        return Recipe(
            name=name,
            reason=recipe.reason,
            tested=recipe.tested,
            rules=rules,
            patches=tuple(folder / patch for patch in rules.patches),
            origin=path,
        )

    def alias(self, name: NormalizedName, version: Version) -> VersionAlias | None:
        """What is meant by a version that was never released, or None."""
        found = self.file(name)
        aliases = {} if found is None else found[1].alias
        for never, alias in aliases.items():
            if Version(never) == version:
                return VersionAlias(Version(alias.version), alias.reason)
        return None

    def abi_break(self, name: NormalizedName, built: Version, runs: Version) -> Version | None:
        """The release between these two that parts what was built with the one from the other."""
        found = self.file(name)
        breaks = () if found is None else map(Version, found[1].abi_breaks)
        return next((at for at in sorted(breaks) if built < at <= runs), None)

    def has_abi(self, name: NormalizedName) -> bool:
        """Whether it matters which release of a project others are built against."""
        found = self.file(name)
        return found is not None and bool(found[1].abi_breaks)

    def default_interpreter(self, name: NormalizedName) -> Interpreter | None:
        """The interpreter to take for a target when none was given, or None."""
        found = self.file(name)
        if found is None or found[1].default_python is None:
            return None
        return Interpreter.parse(found[1].default_python)

    def seconds(self, name: NormalizedName) -> int | None:
        """What building a release of a project is known to take: its recipe's first ``time``."""
        found = self.file(name)
        times = () if found is None else (rules.time for rules in found[1].release)
        return next((time for time in times if time is not None), None)

    def _listed(self) -> dict[NormalizedName, Path]:
        """The file of each project; names of files may be spelled as projects spell theirs."""
        if self._paths is None:
            files = [f for folder in reversed(self._folders) for f in sorted(folder.glob("*.toml"))]
            self._paths = {canonicalize_name(file.stem): file for file in files}
        return self._paths


def _matches(rules: Rules, version: Version) -> bool:
    return SpecifierSet(rules.versions).contains(version, prereleases=True)
