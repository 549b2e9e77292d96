"""Where things lie, and the settings a person may write down once.

Settings go defaults < ``[tool.porter]`` in pyproject.toml or porter.toml < environment
(``PORTER_…``) < flags. This module reads the files; click merges the rest.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from porter.errors import UsageError

# The options of the command line that may be written down, and what type their value has.
KEYS: dict[str, type | tuple[type, ...]] = {
    "python": list,
    "arch": str,
    "policy": str,
    "prefer": str,
    "exclude-newer": str,
    "from-source": list,
    "index-url": str,
    "extra-index-url": list,
    "find-links": list,
    "engine": str,
    "strategy": str,
    "jobs": int,
    "verify": str,
    "verify-on": list,
    "timeout": (int, float),
    "max-silent-time": (int, float),
}


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder a person works in: plans, recipes and wheels are theirs, ``.porter`` is ours."""

    root: Path

    @property
    def graphs(self) -> Path:
        """Plans and the pictures made from them."""
        return self.root / "graphs"

    @property
    def wheelhouse(self) -> Path:
        """Finished wheels."""
        return self.root / "wheelhouse"

    @property
    def recipes(self) -> Path:
        """The person's own recipes; they go before the shipped ones."""
        return self.root / "recipes"

    @property
    def state(self) -> Path:
        """What porter keeps between runs."""
        return self.root / ".porter"

    @property
    def journal(self) -> Path:
        """The journal of attempts (SQLite)."""
        return self.state / "journal.sqlite"

    @property
    def artifacts(self) -> Path:
        """Finished wheels by key."""
        return self.state / "artifacts"

    @property
    def ports(self) -> Path:
        """Per platform a link for each finished port, to its wheel among the artifacts."""
        return self.state / "ports"

    @property
    def work(self) -> Path:
        """Scratch folders of ports being built."""
        return self.state / "work"

    @property
    def logs(self) -> Path:
        """One file for each attempt."""
        return self.state / "logs"

    @property
    def report(self) -> Path:
        """The page a run writes at its end."""
        return self.state / "report" / "index.html"


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The user's cache folder; ``PORTER_CACHE_DIR`` overrides it. All in it can be thrown away."""
    if override := environ.get("PORTER_CACHE_DIR"):
        return Path(override).expanduser().absolute()
    return platformdirs.user_cache_path("porter")


def find_file(folder: Path) -> Path | None:
    """The settings file of a workspace: porter.toml, else a pyproject.toml with [tool.porter]."""
    for name in ("porter.toml", "pyproject.toml"):
        path = folder / name
        if path.is_file() and (name == "porter.toml" or b"[tool.porter]" in path.read_bytes()):
            return path
    return None


def load(path: Path) -> dict[str, Any]:
    """Read settings; keys are option names without their dashes in front.

    Raises:
        UsageError: the file is missing, is no TOML, or has an unknown key or a wrong type.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"settings file {path} does not exist") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"settings file {path} cannot be read: {error}") from error
    for name in ("tool", "porter") if path.name == "pyproject.toml" else ():
        data = data.get(name, {})
        if not isinstance(data, dict):
            raise UsageError(f"{path}: {name} is no table")
    return {key: _checked(path, key, value) for key, value in data.items()}


def _checked(path: Path, key: str, value: Any) -> Any:
    if key not in KEYS:
        near = difflib.get_close_matches(key, KEYS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(KEYS)}."
        raise UsageError(f"{path}: unknown setting {key!r}", hint=hint)
    kind = KEYS[key]
    if kind is list and isinstance(value, str):
        value = [value]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise UsageError(f"{path}: {key} = {value!r} has the wrong type")
    if isinstance(value, list) and not all(isinstance(item, str) for item in value):
        raise UsageError(f"{path}: {key} takes a list of strings")
    return value
