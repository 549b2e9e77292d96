"""Whether a source has Fortran, whose compiler roots lack. Executes nothing."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from porter.build.unpack import DAMAGED, MAX_MEMBERS

# f2py's signature files come with Fortran more often than with C alone.
_SUFFIXES = frozenset({".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08", ".pyf"})
# NumPy's sdist, for one, has Fortran only to test f2py with, and in its documentation.
_ASIDE = re.compile(r"(benchmark|doc|example|test)s?([ _.-].*)?")


def has_fortran(sdist: Path) -> bool:
    """Whether Fortran is among what a build of the sdist would compile, by the files' names.

    False for an archive that cannot be read: unpacking it tells what is wrong with it.
    """
    try:
        return any(_is_fortran(PurePosixPath(name)) for name in _names(sdist))
    except (*DAMAGED, OSError):
        return False


def _is_fortran(path: PurePosixPath) -> bool:
    return path.suffix.lower() in _SUFFIXES and not any(
        _ASIDE.fullmatch(folder) for folder in path.parts[1:-1]
    )


def _names(sdist: Path) -> Iterator[str]:
    if sdist.name.endswith(".zip"):
        with zipfile.ZipFile(sdist) as zipped:
            yield from islice(zipped.namelist(), MAX_MEMBERS)
    else:
        with tarfile.open(sdist) as tarred:
            yield from islice((member.name for member in tarred), MAX_MEMBERS)
