"""Questions only a source's own build backend can answer: asked through a protocol.

The planner executes nothing. Whoever can run a backend safely (in a sandbox, without a network)
gives it a `Hooks`; without one the plan carries a warning where something stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from packaging.requirements import InvalidRequirement

from porter.errors import StepFailed, SurroundingsError
from porter.model import Interpreter, Platform
from porter.recipes import Recipe
from porter.resolve.metadata import read_requirement
from porter.resolve.satisfied import Present
from porter.resolve.source import BuildSystem

HOOK = "get_requires_for_build_wheel"
METADATA_HOOK = "prepare_metadata_for_build_wheel"
UNASKED = "its build backend may need more than is planned, and could not be asked"

# Backends whose hook returns nothing beyond the build-system table.
_QUIET = frozenset({"flit_core.buildapi", "flit.buildapi", "poetry.core.masonry.api"})


@dataclass(frozen=True, slots=True)
class Question:
    """A source, and the environment its backend is asked in."""

    name: str
    """For labels and messages: ``h5py-2.10.0-cp37``."""
    sdist: Path
    wheels: tuple[Path, ...]
    """The whole build environment, of the build platform."""
    platform: Platform
    """The target."""
    interpreter: Interpreter
    recipe: Recipe | None
    """Its patches, variables and config settings hold for the question too."""


class Hooks(Protocol):
    """Runs a source's build backend (PEP 517)."""

    def requires_for_build(self, question: Question) -> tuple[str, ...]:
        """What ``get_requires_for_build_wheel`` returns: requirements beyond pyproject.toml's.

        Raises `porter.errors.StepFailed` when the backend fails, and
        `porter.errors.SurroundingsError` when nothing here can run it.
        """
        ...

    def metadata(self, question: Question) -> bytes:
        """The core metadata ``prepare_metadata_for_build_wheel`` writes.

        Raises as `requires_for_build`.
        """
        ...


def may_ask_for_more(system: BuildSystem) -> bool:
    """Whether the backend may want something that its build-system table does not say.

    setuptools does where a source states ``setup_requires``; of the others all but a few may.
    """
    if system.is_setuptools:
        return system.has_setup_requires
    return system.backend not in _QUIET


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking."""

    requires: tuple[str, ...] = ()
    """Requirements the environment does not satisfy yet."""
    executed: tuple[str, ...] = ()
    """The hooks that were run."""
    warnings: tuple[str, ...] = ()
    heard: bool = True
    """Whether the backend could be asked."""


def unheard(why: str) -> Answer:
    """What comes of a backend that could not be asked."""
    return Answer(warnings=(f"{UNASKED}: {why}",), heard=False)


def ask_for_more(hooks: Hooks, question: Question, present: Present) -> Answer:
    """Ask a backend what else it needs, beside what is present in its environment.

    Trouble is a warning: the build asks again, and says there what is missing.
    """
    try:
        stated = hooks.requires_for_build(question)
    except StepFailed as failure:
        return replace(unheard(failure.reason), executed=(HOOK,))
    except SurroundingsError as error:
        return unheard(error.message)
    missing, warnings = [], []
    for text in stated:
        try:
            requirement = read_requirement(text)
        except InvalidRequirement:
            warnings.append(f"its backend asks for {text!r}, which cannot be read")
            continue
        if requirement.url is not None:
            warnings.append(f"its backend asks for {text!r}, a URL; give another in a recipe")
        elif present.lacks(requirement):
            missing.append(text)
    return Answer(tuple(missing), (HOOK,), tuple(warnings))
