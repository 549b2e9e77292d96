"""One port from its sdist to a raw wheel: unpack, build environment, compile."""

from porter.build.ask import metadata_of, requires_for_build
from porter.build.compile import compile_wheel
from porter.build.job import Job, Prepared
from porter.build.ladder import Ladder, ladder
from porter.build.languages import written_with
from porter.build.prepare import prepare
from porter.build.scratch import clear
from porter.build.vendor import lay

__all__ = [
    "Job",
    "Ladder",
    "Prepared",
    "clear",
    "compile_wheel",
    "ladder",
    "lay",
    "metadata_of",
    "prepare",
    "requires_for_build",
    "written_with",
]
