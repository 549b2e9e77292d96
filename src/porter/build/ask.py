"""Ask a build backend, without building: what it needs, what its wheel requires (PEP 517)."""

from __future__ import annotations

from porter.build.compile import call_hook
from porter.build.job import OUT, Job
from porter.build.prepare import prepare
from porter.engine import Engine, Output
from porter.errors import StepFailed

# Far beyond what any backend asks for; an answer is a stranger's.
_MOST = 1_000
_LONGEST = 1_000
_LARGEST = 4 * 1024 * 1024
"""Bytes of a METADATA file; the largest seen have some hundred kB."""


def requires_for_build(job: Job, *, engine: Engine, output: Output) -> tuple[str, ...]:
    """What the backend wants in its environment beyond its build-system table.

    Raises:
        StepFailed: the source cannot be prepared, the backend fails, or answers with something
            that is no list of strings.
    """
    prepared = prepare(job, engine=engine, output=output)
    settings = dict(job.config_settings) or None
    hook = "get_requires_for_build_wheel"
    answer = call_hook(prepared, hook, {"config_settings": settings}, engine=engine, output=output)
    is_list = isinstance(answer, list) and len(answer) <= _MOST
    if not is_list or not all(isinstance(text, str) and len(text) <= _LONGEST for text in answer):
        raise StepFailed(f"{hook} did not answer with a list of requirements")
    return tuple(answer)


def metadata_of(job: Job, *, engine: Engine, output: Output) -> bytes:
    """The core metadata of the wheel the backend would build; no wheel is built for it.

    Raises:
        StepFailed: as above, or the backend has no such hook, or writes no METADATA.
    """
    prepared = prepare(job, engine=engine, output=output)
    arguments = {
        "metadata_directory": OUT,
        "config_settings": dict(job.config_settings) or None,
        "_allow_fallback": False,
    }
    hook = "prepare_metadata_for_build_wheel"
    name = call_hook(prepared, hook, arguments, engine=engine, output=output)
    # The backend names a folder and fills it: neither is to lead anywhere else.
    folders = [path for path in job.out.iterdir() if path.is_dir() and not path.is_symlink()]
    found = [path / "METADATA" for path in folders if path.name == name]
    if not found or found[0].is_symlink() or not found[0].is_file():
        raise StepFailed(f"{hook} of the build backend wrote no METADATA")
    with found[0].open("rb") as stream:
        data = stream.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise StepFailed(f"{hook} of the build backend wrote more than {_LARGEST} bytes")
    return data
