"""Run the build backend in the sandbox: PEP 517's ``build_wheel``, without a network."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.utils import NormalizedName, parse_wheel_filename

from porter.build import cythonize
from porter.build.job import DEFAULT_PATH, ENVIRONMENT, HOOK, MADE, OUT, SOURCE, Prepared
from porter.build.scratch import clear
from porter.build.vendor import CARGO_HOME
from porter.engine import Engine, Exit, Mount, Output, Step, read_bounded
from porter.environment import open_wheel
from porter.errors import LimitMet, StepFailed
from porter.resolve import marker_environment
from porter.resolve.metadata import Metadata, read_metadata, read_requirement
from porter.resolve.satisfied import Present

_IN_PROCESS = "/porter/in_process.py"
_MAX_ANSWER = 4 << 20
# Build requirements that are of no use without a program which no wheel brings.
_DRIVEN = {"setuptools-rust": "cargo", "maturin": "cargo"}
# setuptools comes first, for setup.py files that know distutils alone.
_SETUP = """\
import sys, setuptools, tokenize
sys.argv[0] = __file__ = "setup.py"
with tokenize.open(__file__) as stream:
    code = stream.read()
exec(compile(code, __file__, "exec"))
"""


def compile_wheel(prepared: Prepared, *, engine: Engine, output: Output) -> Path:
    """Run the recipe's script, build the raw wheel and return its path.

    Raises:
        StepFailed: a command or the backend failed, was killed by a limit, asks for something
            that is not in its environment, or left no wheel.
    """
    _need_programs(prepared, engine=engine, output=output)
    _cythonize(prepared, engine=engine, output=output)
    _run_script(prepared, engine=engine, output=output)
    if prepared.system.script:
        _run_setup(prepared, engine=engine, output=output)
        return _only_wheel(prepared, "setup.py ended well, yet left no wheel")
    _require(prepared, engine=engine, output=output)
    settings = dict(prepared.job.config_settings) or None
    name = call_hook(
        prepared,
        "build_wheel",
        {"wheel_directory": MADE, "config_settings": settings, "metadata_directory": None},
        engine=engine,
        output=output,
    )
    missing = f"the build backend says it made {name!r}, which is not there"
    wheel = _only_wheel(prepared, missing)
    if wheel.name != name:
        raise StepFailed(missing)
    return wheel


def _only_wheel(prepared: Prepared, missing: str) -> Path:
    made = prepared.job.made
    wheels = [p for p in made.glob("*.whl") if p.is_file() and not p.is_symlink()]
    if made.is_symlink() or len(wheels) != 1:
        raise StepFailed(missing)
    return wheels[0]


def _run_setup(prepared: Prepared, *, engine: Engine, output: Output) -> None:
    """``setup.py bdist_wheel``, as pip ran sources without pyproject.toml for most of their time.

    Some tell a program from a module: gensim 3.8.3 and other users of NumPy set attributes of
    ``__builtins__``, which is a module in the one and a dict in the other. It is not asked what
    else it needs: setuptools ends it where a ``setup_requires`` is not there, and the log says so.
    """
    settings = prepared.job.config_settings
    before = shlex.split(settings.get("--global-option", ""))
    after = shlex.split(settings.get("--build-option", ""))
    words = (*before, "bdist_wheel", "--dist-dir", MADE, *after)
    argv = (prepared.environment.python, "-c", _SETUP, *words)
    ended = engine.run(_step(prepared, "setup.py", argv), output)
    _check_limits("setup.py", ended)
    if ended.code != 0:
        raise StepFailed(f"setup.py bdist_wheel ended with status {ended.code}", status=ended.code)


def _need_programs(prepared: Prepared, *, engine: Engine, output: Output) -> None:
    """Look for what build requirements only drive, before time is spent on the rest."""
    job = prepared.job
    wanted = {parse_wheel_filename(wheel.name)[0] for wheel in job.wheels} & _DRIVEN.keys()
    for name in sorted(wanted):
        program = _DRIVEN[name]
        step = _step(prepared, program, ("sh", "-c", f"command -v {program}"))
        if engine.run(step, output).code != 0:
            raise StepFailed(
                f"{name}, which it is built with, drives {program}, and {job.root.name} has none",
                hint=f"Name the package of {program} in a recipe, under system.",
            )


def _cythonize(prepared: Prepared, *, engine: Engine, output: Output) -> None:
    argv = cythonize.command(prepared.job, prepared.environment.python)
    if argv is not None:
        ended = engine.run(_step(prepared, "cythonize", argv), output)
        _check_limits("Cython", ended)
        if ended.code != 0:
            raise StepFailed(f"Cython ended with status {ended.code}", status=ended.code)


def _run_script(prepared: Prepared, *, engine: Engine, output: Output) -> None:
    for number, command in enumerate(prepared.job.script, start=1):
        python = prepared.environment.python
        argv = tuple(python if word == "python" else word for word in command[:1]) + command[1:]
        ended = engine.run(_step(prepared, f"script-{number}", argv), output)
        _check_limits(f"the recipe's command {number}", ended)
        if ended.code != 0:
            raise StepFailed(
                f"command {number} of its recipe's script ended with status {ended.code}",
                context=" ".join(command),
                hint="Mend the script, or narrow the versions its recipe states.",
                status=ended.code,
            )


def _require(prepared: Prepared, *, engine: Engine, output: Output) -> None:
    """Check that what the backend asks for beyond pyproject.toml is in the environment.

    It would build without it, if not as its author meant.
    """
    hook = "get_requires_for_build_wheel"
    settings = dict(prepared.job.config_settings) or None
    asked = call_hook(
        prepared,
        hook,
        {"config_settings": settings},
        engine=engine,
        output=output,
    )
    if not isinstance(asked, list):
        raise StepFailed(f"{hook} answered with something that is no list")
    markers = marker_environment(prepared.job.platform, prepared.job.interpreter)
    missing = _unmet(asked, _present(prepared.job.wheels, markers))
    if missing:
        raise StepFailed(
            f"its build backend asks for {', '.join(missing)}, which is not in the plan",
            rule="missing-in-plan",
        )


def _unmet(asked: Iterable[object], present: Present) -> list[str]:
    """The requirements a backend asks for that its environment does not satisfy."""
    missing = []
    for text in map(str, asked):
        try:
            requirement = read_requirement(text)
        except InvalidRequirement:
            missing.append(text)
        else:
            missing += [str(requirement)] * present.lacks(requirement)
    return missing


def _present(wheels: Sequence[Path], markers: Mapping[str, str]) -> Present:
    """What an environment made of these wheels holds."""
    paths = {parse_wheel_filename(wheel.name)[0]: wheel for wheel in wheels}

    def tell(name: NormalizedName) -> Metadata:
        with open_wheel(paths[name]) as (archive, contents):
            return read_metadata(archive.read(f"{contents.dist_info}/METADATA"))

    versions = {name: parse_wheel_filename(wheel.name)[1] for name, wheel in paths.items()}
    return Present(versions, tell, markers)


def call_hook(
    prepared: Prepared,
    hook: str,
    arguments: Mapping[str, Any],
    *,
    engine: Engine,
    output: Output,
) -> Any:
    """Call one hook of the build backend inside the sandbox and return what it returned.

    The script that runs there is pyproject-hooks' own; it exchanges JSON files through a folder,
    which is the only thing of it that is believed.

    Raises:
        StepFailed: the hook failed, or was killed.
    """
    exchange = prepared.job.work / "hook"
    clear(exchange)
    exchange.mkdir()
    (exchange / "input.json").write_text(json.dumps({"kwargs": dict(arguments)}))
    with as_file(files("pyproject_hooks").joinpath("_in_process/_in_process.py")) as script:
        argv = (prepared.environment.python, _IN_PROCESS, hook, HOOK)
        mounts = (Mount(exchange, HOOK, writable=True), Mount(script, _IN_PROCESS))
        ended = engine.run(_step(prepared, hook, argv, mounts), output)
    _check_limits(hook, ended)
    return _answer(hook, ended.code, exchange / "output.json")


def _check_limits(what: str, ended: Exit) -> None:
    if ended.silent:
        raise LimitMet(
            f"{what} wrote nothing for too long, and was ended after {ended.seconds:.0f} s",
            rule=ended.cause,
        )
    if ended.timed_out:
        raise LimitMet(
            f"{what} ran into its time limit after {ended.seconds:.0f} s", rule=ended.cause
        )
    if ended.out_of_memory:
        raise LimitMet(f"{what} ran out of memory", rule=ended.cause)


def _answer(hook: str, code: int, path: Path) -> Any:
    data = _read_answer(hook, path)
    if data.get("no_backend"):
        raise StepFailed(
            f"the build backend cannot be imported: {data.get('backend_error') or 'no reason'}",
            context=str(data.get("traceback", "")),
            rule="backend-missing",
        )
    if data.get("hook_missing"):
        raise StepFailed(f"the build backend has no hook {hook}")
    if code != 0 or "return_val" not in data:
        raise StepFailed(f"{hook} of the build backend ended with status {code}", status=code)
    return data["return_val"]


def _read_answer(hook: str, path: Path) -> dict[str, Any]:
    """What the hook wrote; empty when it wrote nothing (or no plain file of a sane size)."""
    text = read_bounded(path, limit=_MAX_ANSWER)
    if text is None:
        return {}
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StepFailed(f"{hook} answered with broken JSON: {error}") from error
    if not isinstance(data, dict):
        raise StepFailed(f"{hook} answered with JSON that is no object")
    return data


def _step(
    prepared: Prepared, name: str, argv: tuple[str, ...], mounts: tuple[Mount, ...] = ()
) -> Step:
    job = prepared.job
    return Step(
        name=f"{job.name}.{name}",
        argv=argv,
        root=job.root,
        env=environment_variables(prepared),
        mounts=(
            Mount(job.source, SOURCE, writable=True),
            Mount(job.out, OUT, writable=True),
            Mount(prepared.environment.folder, ENVIRONMENT),
            *_crates(prepared),
            *mounts,
            *job.toolchain.mounts,
        ),
        cwd=SOURCE,
        limits=job.limits,
    )


def _crates(prepared: Prepared) -> tuple[Mount, ...]:
    # cargo writes into its home: locks, and what it has seen of each crate.
    home = prepared.cargo_home
    return () if home is None else (Mount(home, CARGO_HOME, writable=True),)


def environment_variables(prepared: Prepared) -> dict[str, str]:
    """The whole environment of a build; later entries win, so a recipe has the last word."""
    job, system = prepared.job, prepared.system
    tools = job.toolchain
    variables = {
        "LC_ALL": "C.UTF-8",
        "PATH": ":".join((*tools.path, f"{ENVIRONMENT}/bin", *DEFAULT_PATH, *tools.path_last)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": ":".join(tools.pythonpath),
        "SOURCE_DATE_EPOCH": str(job.timestamp),
        # In a container root may give nothing away: tar(1), told to by nobody, would fail at it.
        "TAR_OPTIONS": "--no-same-owner",
        **({"CARGO_HOME": CARGO_HOME} if prepared.cargo_home else {}),
        **tools.env,
        **job.env,
        "_PYPROJECT_HOOKS_BUILD_BACKEND": system.backend,
    }
    if system.backend_path:
        variables["_PYPROJECT_HOOKS_BACKEND_PATH_JSON"] = json.dumps(list(system.backend_path))
    return variables
