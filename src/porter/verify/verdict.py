"""What follows from a target's results; no I/O.

Every top-level module and every extension module has to be importable, by itself or in the company
that `porter.verify.company` gives it. Two exceptions, each a warning as long as something of the
wheel can be imported, or is an extension module that was loaded and asks for another one itself:

- A module may be there for users who also have some other package (a plugin, a backend): its import
  fails because a module that *another package could bring* is not installed. What the wheel
  declares as its dependencies is installed.
- A module may be a script, whose import ends the process well.

And whatever the wheel's recipe knows to be unimportable.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from porter.errors import StepFailed
from porter.model import REMOVED_MODULES, Architecture, Interpreter
from porter.phrases import number_of
from porter.verify.modules import Modules
from porter.verify.results import Failure, Imports, JUnit

_SHOWN = 8
_SHOWN_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That something passed, and what a person should hear nevertheless."""

    count: int
    warnings: tuple[str, ...]


def check_target(
    results: Imports, *, wheel: str, arch: Architecture, interpreter: Interpreter
) -> None:
    """Raise `StepFailed` unless the probe ran on the target's machine and interpreter."""
    if results.machine != arch.name:
        raise StepFailed(f"{wheel}: was imported on {results.machine}, not on {arch}")
    if results.python != (interpreter.major, interpreter.minor):
        found = ".".join(map(str, results.python))
        raise StepFailed(f"{wheel}: was imported by Python {found}, not {interpreter.version}")


def judge_imports(wheel: str, modules: Modules, runs: Sequence[Imports]) -> Acceptance:
    """Accept, or raise `StepFailed` with all that could not be imported."""
    fatal, tolerated = weighed(modules, runs)
    if fatal:
        causes = _causes(fatal)
        shown = "; ".join(f"{f.module} ({_one_line(f.error)})" for f in causes[:_SHOWN])
        more = f"; and {len(causes) - _SHOWN} more" if len(causes) > _SHOWN else ""
        raise StepFailed(
            f"{wheel}: {len(fatal)} of {number_of(len(modules.all), 'module')} cannot be imported: "
            f"{shown}{more}",
            context="\n\n".join(f"{f.module}:\n{f.traceback or f.error}" for f in causes),
            rule="import-failed",
        )
    return Acceptance(
        len(_imported(modules, runs)),
        (*(_told(f, modules) for f in tolerated), *_unexpected(modules, runs)),
    )


def _told(failure: Failure, modules: Modules) -> str:
    if why := modules.unimportable.get(failure.module):
        return f"{failure.module} cannot be imported, as is known: {why}"
    if failure.exited:
        return f"{failure.module} is a script: to import it ends the process"
    return f"{failure.module} needs {failure.missing}, which the wheel does not ask for"


def _unexpected(modules: Modules, runs: Sequence[Imports]) -> Iterator[str]:
    for name in modules.unimportable:
        if name in _imported(modules, runs):
            yield f"{name} can be imported, but is noted as unimportable"


def weighed(modules: Modules, runs: Sequence[Imports]) -> tuple[list[Failure], list[Failure]]:
    """What could not be imported: what may not fail, and what may."""
    imported = _imported(modules, runs)
    failures = [failure for run in runs for failure in run.failures]
    failures += [
        Failure(run.crashed_in, "the process crashed") for run in runs if run.crashed_in is not None
    ]
    loaded = any(_was_loaded(f, modules, imported) for f in failures)
    tolerated = [
        f
        for f in failures
        if f.module in modules.unimportable or ((imported or loaded) and _is_optional(f, modules))
    ]
    return [f for f in failures if f not in tolerated], tolerated


def _imported(modules: Modules, runs: Sequence[Imports]) -> set[str]:
    """What of the wheel itself was imported."""
    return {name for run in runs for name in run.imported}.difference(modules.before)


def _causes(failures: Sequence[Failure]) -> list[Failure]:
    """Leave out what fails only because the package around it does."""
    errors = {failure.module: failure.error for failure in failures}
    return [
        failure
        for failure in failures
        if all(errors.get(package) != failure.error for package in _packages(failure.module))
    ]


def _packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def _one_line(error: str) -> str:
    text = " ".join(error.split())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def _is_optional(failure: Failure, modules: Modules) -> bool:
    if failure.missing is None:
        return failure.exited
    top = failure.missing.partition(".")[0]
    around = failure.missing.rpartition(".")[0] or top
    no_others = (*modules.top_level, *REMOVED_MODULES)
    return top not in no_others and around not in modules.beside


def _was_loaded(failure: Failure, modules: Modules, imported: Container[str]) -> bool:
    """Whether an extension module came as far as its own code, which misses another module."""
    asked = failure.missing is not None and failure.missing != failure.module
    around = all(package in imported for package in _packages(failure.module))
    return asked and around and failure.module in modules.extensions


def judge_tests(wheel: str, tests: JUnit, known: Mapping[str, str]) -> Acceptance:
    """Accept, or raise `StepFailed` with all tests that failed and are not known to.

    A key of `known` names a test if it is the end of ``classname::name``:
    ``TestComplexFunctions::test_loss_of_precision[complex256]``.
    """
    explained = {name: key for name in tests.failed for key in known if _names(key, name)}
    fatal = {name: message for name, message in tests.failed.items() if name not in explained}
    if fatal:
        shown = ", ".join(list(fatal)[:_SHOWN])
        raise StepFailed(
            f"{wheel}: {len(fatal)} of {number_of(_total(tests), 'test')} failed: {shown}",
            context="\n".join(f"{name}: {message}" for name, message in fatal.items()),
            rule="test-failed",
        )
    if not tests.passed:
        raise StepFailed(f"{wheel}: no test was passed ({len(tests.skipped)} skipped)")
    warnings = [f"{name} fails, as is known: {known[key]}" for name, key in explained.items()]
    warnings += [
        f"{key} passes, but is noted as a known failure"
        for key in known
        if any(_names(key, name) for name in tests.passed)
    ]
    return Acceptance(len(tests.passed), tuple(warnings))


def _names(key: str, test: str) -> bool:
    return test == key or test.endswith((f".{key}", f"::{key}"))


def _total(tests: JUnit) -> int:
    return len(tests.passed) + len(tests.failed)
