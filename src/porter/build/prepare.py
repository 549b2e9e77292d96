"""From a job to a source tree and a build environment. Executes nothing of either."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePosixPath

from porter.build.job import ENVIRONMENT, SOURCE, BuildSystem, Job, Prepared
from porter.build.scratch import clear
from porter.build.unpack import unpack
from porter.engine import Engine, Mount, Output, Step, read_bounded
from porter.environment import assemble, overlay
from porter.errors import StepFailed

# What a frontend uses for a tree that names no backend (PEP 517, "setup.py fallback").
LEGACY_BACKEND = "setuptools.build_meta:__legacy__"
_PATCH = "/porter/patch"
_NO_COMMAND = 127
_MAX_PYPROJECT = 1 << 20


def prepare(job: Job, *, engine: Engine, output: Output) -> Prepared:
    """Unpack and patch the source, and assemble the build environment, in the work folder.

    Raises:
        StepFailed: the sdist or a wheel is damaged or hostile, a patch does not apply, or
            pyproject.toml is no TOML.
    """
    clear(job.work)
    job.work.mkdir(parents=True)
    unpack(job.sdist, job.source)
    for patch in job.patches:
        _apply(patch, job, engine=engine, output=output)
    job.made.mkdir(parents=True)
    if job.root.python is None:
        raise StepFailed(f"{job.root.name} has no Python {job.interpreter.version}")
    environment = assemble(
        job.work / "env",
        job.wheels,
        interpreter=job.interpreter,
        python=job.root.python,
        mounted_at=ENVIRONMENT,
    )
    for wheel in job.overlays:
        overlay(environment, wheel)
    return Prepared(job, build_system(job.source), environment)


def _apply(patch: Path, job: Job, *, engine: Engine, output: Output) -> None:
    """Apply one patch, in the sandbox: patch(1) has been talked into much by strange input."""
    step = Step(
        name=f"{job.name}.patch",
        argv=("patch", "--batch", "--forward", "--strip=1", f"--input={_PATCH}"),
        root=job.root,
        env={"PATH": "/usr/bin:/bin"},
        mounts=(Mount(job.source, SOURCE, writable=True), Mount(patch, _PATCH)),
        cwd=SOURCE,
        limits=job.limits,
    )
    code = engine.run(step, output).code
    if code == _NO_COMMAND:
        raise StepFailed(f"{job.root.name} has no patch(1), which {patch.name} is applied with")
    if code != 0:
        raise StepFailed(
            f"patch {patch.name} does not apply to {job.sdist.name}",
            hint="Mend the patch, or narrow the versions its recipe states.",
            final=True,
        )


def build_system(source: Path) -> BuildSystem:
    """The build backend a source tree names, or setuptools' fallback for one that names none.

    Raises:
        StepFailed: pyproject.toml is no TOML, or names no backend as PEP 517 has it.
    """
    if not (source / "pyproject.toml").exists():
        return BuildSystem(LEGACY_BACKEND, script=(source / "setup.py").is_file())
    text = read_bounded(source / "pyproject.toml", limit=_MAX_PYPROJECT)
    if text is None:
        raise StepFailed("its pyproject.toml is no file, or far too large", final=True)
    try:
        table = tomllib.loads(text.decode()).get("build-system", {})
        backend = table.get("build-backend", LEGACY_BACKEND)
        backend_path = table.get("backend-path", [])
    except (ValueError, AttributeError, RecursionError) as error:
        raise StepFailed(f"its pyproject.toml cannot be read: {error}", final=True) from error
    if not isinstance(backend_path, list) or not all(
        isinstance(entry, str) for entry in (backend, *backend_path)
    ):
        raise StepFailed("its pyproject.toml names a build backend that is no string", final=True)
    for entry in backend_path:
        if PurePosixPath(entry).is_absolute() or ".." in PurePosixPath(entry).parts:
            raise StepFailed(
                f"its backend-path {entry!r} reaches out of the source tree (PEP 517)", final=True
            )
    return BuildSystem(backend, tuple(backend_path))
