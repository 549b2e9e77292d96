"""One port from its sdist to a raw wheel: unpack, build environment, compile."""

from porter.build.compile import compile_wheel
from porter.build.job import Job, Prepared
from porter.build.ladder import ladder
from porter.build.prepare import prepare

__all__ = ["Job", "Prepared", "compile_wheel", "ladder", "prepare"]
