"""Makes stale C code of an sdist anew (see `porter.resolve.cythonized`)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from packaging.utils import parse_wheel_filename

from porter.build.job import Job
from porter.resolve import ENDINGS, HEAD, is_stale, made_by

# A file that Cython refuses stays as it was: its own compilation tells more. The new file is older
# than its source, so that a package which calls Cython itself does so, with options of its own.
_PROGRAM = """\
import json, os, subprocess, sys
for source, made, options in json.loads(sys.argv[1]):
    kept = made + ".porter"
    os.rename(made, kept)
    command = [sys.executable, "-m", "cython", *options, "-o", made, source]
    if subprocess.call(command):
        os.replace(kept, made)
        continue
    os.remove(kept)
    before = os.stat(source).st_mtime - 1
    os.utime(made, (before, before))
"""
_DIVISION = b"#define CYTHON_FUTURE_DIVISION 1"
_LOOKED_AT = 16 << 10


def command(job: Job, python: str) -> tuple[str, ...] | None:
    """What makes the stale code of an unpacked source anew; None where there is none, or no Cython.

    To be run in the source tree.
    """
    if "cython" not in {parse_wheel_filename(wheel.name)[0] for wheel in job.wheels}:
        return None
    work = sorted(_stale(job))
    return (python, "-c", _PROGRAM, json.dumps(work)) if work else None


def _stale(job: Job) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Source, what was made of it (both below the source tree), and Cython's options."""
    for source in job.source.rglob("*.pyx"):
        for ending in ENDINGS:
            made = source.with_suffix(ending)
            if source.is_file() and made.is_file() and not made.is_symlink():
                with made.open("rb") as file:
                    head = file.read(_LOOKED_AT)
                if is_stale(made_by(head[:HEAD]), job.interpreter):
                    options = _options(head, ending)
                    names = (str(path.relative_to(job.source)) for path in (source, made))
                    yield *names, options  # type: ignore[misc] # two names


def _options(head: bytes, ending: str) -> tuple[str, ...]:
    """As it was made: the language level shows in the code, since only 2 divides as C does."""
    level = "--3str" if _DIVISION in head else "-2"
    return (level, *(() if ending == ".c" else ("--cplus",)))
