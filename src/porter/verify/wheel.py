"""Install a wheel on the target platform, import it there, and run its tests."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from importlib.resources import as_file, files
from pathlib import Path

from porter.engine import Engine, Exit, Limits, Mount, Output, Root, binfmt, read_bounded
from porter.environment import Environment
from porter.errors import EngineError, StepFailed
from porter.index.atomic import write_whole
from porter.model import Interpreter, Platform
from porter.phrases import number_of
from porter.verify.company import again, joined
from porter.verify.modules import Modules, modules_of, whole_of
from porter.verify.results import Imports, JUnit, read_imports, read_tests
from porter.verify.suite import Suite
from porter.verify.target import Target
from porter.verify.verdict import Acceptance, check_target, judge_imports, judge_tests

MAX_CRASHES = 5
"""How often the imports go on after a module took the process down with it."""
DEFAULT_LIMITS = Limits(seconds=1800)
TESTS_LIMITS = Limits(seconds=7200)
"""Where tests are asked for: under QEMU a suite takes ten times as long as its authors wait."""
_FILES = "/porter/tests"
# By the environment, so that a recipe's own command gets them too, where it runs pytest.
_PYTEST = "-p no:cacheprovider --junitxml=/porter/out/junit.xml"


class Level(StrEnum):
    """How much is tried on the target."""

    NONE = "none"
    IMPORT = "import"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was shown to work."""

    level: Level
    modules: int = 0
    """Imported."""
    tests: int = 0
    """Passed."""
    seconds: float = 0.0
    """Spent on the target."""
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """By other distribution: ``import``, or why it could not be tried there."""
    parity: str | None = None
    """With which wheel of upstream's it was compared; None where it is upstream's own."""
    warnings: tuple[str, ...] = ()


def verify(  # noqa: PLR0913 - keyword-only; what is verified, where, and how far
    wheel: Path,
    *,
    dependencies: Sequence[Path],
    before: Sequence[Path] = (),
    unimportable: Mapping[str, str] | None = None,
    engine: Engine,
    root: Root | None,
    platform: Platform,
    interpreter: Interpreter,
    work: Path,
    output: Output,
    level: str = Level.IMPORT,
    suite: Suite | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Verified:
    """Verify a wheel in `root`, as far as `level` (a value of `Level`) says.

    `dependencies` are the wheels of all that it needs at run time, directly or not; the modules of
    those among them that `before` names are imported before its own. The modules in `unimportable`
    may fail, for the reason given. At `Level.TESTS` the tests of `suite` are run too. `limits` are
    of each command, `work` is for temporary files.

    Where no target can be run (no root, or a kernel without QEMU for it) the result's level is
    `Level.NONE`, and its warnings say why. Raises `StepFailed` naming every module that cannot be
    imported, or every test that fails; `EngineError` when the engine itself fails.
    """
    wanted = Level(level)
    if wanted is Level.NONE:
        return _not_verified("verification was not asked for")
    if root is None:
        return _not_verified(f"there is no root of {platform.arch} to verify it in")
    if root.python is None:
        return _not_verified(f"{root.name} has no Python {interpreter.version}")
    work.mkdir(parents=True, exist_ok=True)
    # What a container wrote may belong to another user, and cannot always be removed.
    with tempfile.TemporaryDirectory(
        dir=work.resolve(), prefix="verify-", ignore_cleanup_errors=True
    ) as scratch:
        target = Target(
            wheel=wheel,
            dependencies=dependencies,
            before=before,
            unimportable=unimportable or {},
            engine=engine,
            root=root,
            python=root.python,
            arch=platform.arch,
            interpreter=interpreter,
            work=Path(scratch),
            output=output,
            limits=limits,
        )
        try:
            verified = _verify_imports(target)
            if wanted is Level.TESTS and suite is not None:
                return _with_tests(target, verified, _run_tests(target, suite), suite)
        except EngineError as error:
            # Only what this machine lacks is a warning; an engine that broke down is not.
            if binfmt.supported(root.arch):
                raise
            return _not_verified(error.message)
    return verified


def _not_verified(reason: str) -> Verified:
    return Verified(Level.NONE, warnings=(f"not verified: {reason}",))


def _verify_imports(target: Target) -> Verified:
    before = (name for wheel in target.before for name in modules_of(wheel).top_level)
    modules = replace(
        modules_of(target.wheel), before=tuple(before), unimportable=target.unimportable
    )
    environment = target.environment("env", ())
    runs: tuple[Imports, ...] = ()
    seconds = 0.0
    left = modules.all
    while True:
        results, ended, text = _probe(target, environment, len(runs), left)
        seconds += ended.seconds
        _check_ran(target, results, ended, text)
        runs = (*runs, results)
        done = {*results.imported, *(f.module for f in results.failures), results.crashed_in}
        left = tuple(name for name in left if name not in done)
        if results.finished or not left or len(runs) > MAX_CRASHES:
            break
    _check_complete(target, modules, runs)
    if any(failure.missing for run in runs for failure in run.failures):
        beside = frozenset(name for wheel in target.dependencies for name in whole_of(wheel))
        modules = replace(modules, beside=beside)
    late: tuple[str, ...] = ()
    if more := again(modules, runs):
        results, ended, text = _probe(target, environment, len(runs), (*more.before, *more.modules))
        seconds += ended.seconds
        _check_ran(target, results, ended, text)
        runs, late = joined(runs, results)
    accepted = judge_imports(target.name, modules, runs)
    empty = () if modules.all else ("it holds no modules that could be imported",)
    return Verified(
        Level.IMPORT,
        modules=accepted.count,
        seconds=seconds,
        warnings=(*empty, *accepted.warnings, *map(_late, late), *_at_exit(results, ended)),
    )


def _at_exit(results: Imports, ended: Exit) -> Iterator[str]:
    """What went wrong after the last import: a library's clean-up, say."""
    if results.finished and ended.code != 0:
        yield f"Python ended with status {ended.code} after all had been imported"


def _late(module: str) -> str:
    return f"{module} can be imported only after other modules of the wheel"


def _probe(
    target: Target, environment: Environment, number: int, modules: Sequence[str]
) -> tuple[Imports, Exit, str]:
    given, written = target.work / f"in-{number}", target.work / f"out-{number}"
    given.mkdir(parents=True)
    written.mkdir()
    (given / "request.json").write_text(json.dumps({"modules": modules}))
    with as_file(files("porter.verify") / "probe.py") as probe:
        shutil.copyfile(probe, given / "probe.py")
    ended, text = target.run(
        "import",
        (
            *(environment.python, "-I", "-B", "/porter/in/probe.py"),
            *("/porter/in/request.json", "/porter/out/result.jsonl"),
        ),
        (
            Mount(environment.folder, environment.mounted_at),
            Mount(given, "/porter/in"),
            Mount(written, "/porter/out", writable=True),
        ),
    )
    return read_imports(read_bounded(written / "result.jsonl") or b""), ended, text


def _check_ran(target: Target, results: Imports, ended: Exit, text: str) -> None:
    if ended.timed_out:
        raise StepFailed(
            f"{target.name}: the imports did not end within {ended.seconds:.0f} s"
            + (f"; the last was {results.crashed_in}" if results.crashed_in else ""),
            context=text,
            rule=ended.cause,
        )
    if results.machine is None:
        if "exec format error" in text.lower():
            raise EngineError(f"this machine cannot run {target.root.arch} programs")
        raise StepFailed(
            f"{target.name}: Python did not start in {target.root.name} (status {ended.code})",
            context=text,
            rule=ended.cause,
        )
    check_target(results, wheel=target.name, arch=target.arch, interpreter=target.interpreter)


def _check_complete(target: Target, modules: Modules, runs: Sequence[Imports]) -> None:
    """Refuse results that leave modules out: after too many crashes, or an end without one."""
    tried = {name for run in runs for name in run.imported}
    tried |= {failure.module for run in runs for failure in run.failures}
    tried |= {run.crashed_in for run in runs if run.crashed_in}
    if left := [name for name in modules.all if name not in tried]:
        crashes = ", ".join(run.crashed_in for run in runs if run.crashed_in)
        raise StepFailed(
            f"{target.name}: the imports broke off, {number_of(len(left), 'module')} not tried"
            + (f"; the process crashed in {crashes}" if crashes else "")
        )


def _run_tests(target: Target, suite: Suite) -> tuple[JUnit | None, Exit]:
    """Their results, and how the command ended; None where it was not pytest, and ended well."""
    environment = target.environment("test-env", suite.wheels)
    installed = environment.purelib
    files, written = target.work / "tests", target.work / "out-tests"
    suite.unpack_files(files)
    written.mkdir(parents=True)
    ended, text = target.run(
        "tests",
        suite.argv(environment.python),
        (
            Mount(environment.folder, environment.mounted_at),
            # Tests write beside themselves; the folder is theirs alone.
            Mount(files, _FILES, writable=True),
            Mount(written, "/porter/out", writable=True),
        ),
        cwd=_FILES,
        env={
            # The names of tests begin below the root folder: numpy.lib's and numpy.ma's differ.
            "PYTEST_ADDOPTS": f"{_PYTEST} --rootdir={_FILES if suite.files else installed}",
            # A suite takes minutes: the log tells how far it has come.
            "PYTHONUNBUFFERED": "1",
        },
    )
    data = read_bounded(written / "junit.xml") or b""
    results = read_tests(data)
    if results is not None and suite.report is not None:
        write_whole(suite.report, data)
    # pytest's exit codes: 0 all passed, 1 some failed; all others mean that it did not run them.
    ran = ended.code in {0, 1} if results is not None else ended.code == 0 and suite.command
    if ended.timed_out or not ran:
        how = "timed out" if ended.timed_out else f"ended with status {ended.code}"
        raise StepFailed(f"{target.name}: the test run {how}", context=text, rule=ended.cause)
    return results, ended


def _with_tests(
    target: Target, verified: Verified, run: tuple[JUnit | None, Exit], suite: Suite
) -> Verified:
    results, ended = run
    accepted = (
        judge_tests(target.name, results, suite.known_failures)
        if results is not None
        else Acceptance(0, ("its tests ended well; how many there are, they did not tell",))
    )
    return Verified(
        Level.TESTS,
        modules=verified.modules,
        tests=accepted.count,
        seconds=verified.seconds + ended.seconds,
        warnings=(*verified.warnings, *accepted.warnings),
    )
