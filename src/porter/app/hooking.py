"""Where build backends are asked while planning: the first sandbox that has the right Python."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import cast

from porter.app.machine import images_of
from porter.config import cache_folder
from porter.engine import DockerEngine, Engine, EngineName, Root, choose
from porter.errors import ImageError, SurroundingsError
from porter.images import build_platform
from porter.model import Interpreter, Platform
from porter.run import BackendHooks

# For a question of a second the machine's own interpreters come first: they are there at once.
_AUTO = ("local", "docker", "podman")


def hooks(engine: str, notice: Callable[[str], None], *, refresh: bool = False) -> BackendHooks:
    """Hooks that run in the engine of that name, or with ``auto`` in the first that can.

    With `refresh`, those that failed before are run again.
    """
    cache = cache_folder(os.environ)
    return BackendHooks(Sandboxes(engine), cache=cache, notice=notice, refresh=refresh)


class Sandboxes:
    """Finds a sandbox for each interpreter once."""

    def __init__(self, engine: str) -> None:
        self._names = _AUTO if engine == "auto" else (engine,)
        self._found: dict[Interpreter, tuple[Engine, Root] | SurroundingsError] = {}

    def __call__(self, platform: Platform, interpreter: Interpreter) -> tuple[Engine, Root]:
        """An engine and a root with this Python.

        Raises:
            SurroundingsError: no engine has one at hand; none is made for a question.
        """
        if interpreter not in self._found:
            self._found[interpreter] = self._find(platform, interpreter)
        found = self._found[interpreter]
        if isinstance(found, SurroundingsError):
            raise found
        return found

    def _find(
        self, platform: Platform, interpreter: Interpreter
    ) -> tuple[Engine, Root] | SurroundingsError:
        reasons = []
        for name in self._names:
            try:
                return _open(name, platform, interpreter)
            except SurroundingsError as error:
                reasons.append(f"{name}: {error.message}")
        return SurroundingsError(
            f"nothing here can run Python {interpreter.version} in a sandbox ({'; '.join(reasons)})"
        )


def _open(name: str, platform: Platform, interpreter: Interpreter) -> tuple[Engine, Root]:
    engine = choose(cast("EngineName", name), notice=_unheard)
    images = images_of(engine, _unheard)
    if isinstance(engine, DockerEngine) and not images.here(build_platform(platform), interpreter):
        raise ImageError(f"no image with Python {interpreter.version} is here")
    return engine, images.build_root(platform, interpreter)


def _unheard(_text: str) -> None:
    """Which engine answers a question matters to nobody."""
