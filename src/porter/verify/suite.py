"""A package's own tests: what is run on the target, with what beside the wheel."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from porter.build.unpack import unpack
from porter.errors import StepFailed


@dataclass(frozen=True, slots=True)
class Suite:
    """Tests as a recipe names them; see `porter.recipes.schema.Tests`."""

    modules: Sequence[str] = ()
    """Importable names."""
    command: Sequence[str] = ()
    """What to run instead of pytest over modules and files."""
    files: Sequence[str] = ()
    """Files and folders of the source, without which an installed package's tests are not there."""
    source: Path | None = None
    """The archive `files` are in."""
    wheels: Sequence[Path] = ()
    """Pytest, and what else only tests need."""
    known_failures: Mapping[str, str] = field(default_factory=dict)
    """See `porter.verify.verdict.judge_tests`."""
    report: Path | None = None
    """Where pytest's results are kept, as JUnit XML."""

    def argv(self, python: str) -> tuple[str, ...]:
        """What is run, by this interpreter."""
        if self.command:
            return tuple(python if word == "python" else word for word in self.command)
        pyargs = ("--pyargs", *self.modules) if self.modules else ()
        return (python, "-B", "-m", "pytest", "-q", *pyargs, *self.files)

    def unpack_files(self, into: Path) -> None:
        """Lay `files` into a folder as they lie in the source, and nothing else of it.

        Beside the rest of it, the source's package would be found before the wheel's, and its
        settings of pytest would ask for plugins. Raises `StepFailed` for what is not there.
        """
        into.mkdir()
        if self.source is None:
            return
        with tempfile.TemporaryDirectory(dir=into.parent) as scratch:
            tree = Path(scratch) / "source"
            unpack(self.source, tree)
            for name in self.files:
                _take(tree, name, into, archive=self.source.name)


def _take(tree: Path, name: str, into: Path, *, archive: str) -> None:
    found, place = tree / name, into / name
    if not found.exists():
        raise StepFailed(
            f"its recipe's tests.files name {name}, which {archive} does not hold", final=True
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    if found.is_dir():
        shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copyfile(found, place)
