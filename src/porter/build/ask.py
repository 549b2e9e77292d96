"""Ask a build backend, without building: PEP 517's ``get_requires_for_build_wheel``."""

from __future__ import annotations

from porter.build.compile import call_hook
from porter.build.job import Job
from porter.build.prepare import prepare
from porter.engine import Engine, Output
from porter.errors import StepFailed

# Far beyond what any backend asks for; an answer is a stranger's.
_MOST = 1_000
_LONGEST = 1_000


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
