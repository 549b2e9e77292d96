"""What a source is written in that a root's or porter's compilers lack. Executes nothing."""

from __future__ import annotations

import re
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from porter.build.unpack import DAMAGED, MAX_MEMBERS

MOST_OF_A_FILE = 4 << 20
MOST_OF_A_SOURCE = 256 << 20
"""Bytes that are read, looking for OpenMP: what lies behind is not seen."""

# f2py's signature files come with Fortran more often than with C alone.
_FORTRAN = frozenset({".f", ".for", ".f77", ".f90", ".f95", ".f03", ".f08", ".pyf"})
_C = frozenset({".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".hxx"})
_PYTHON = frozenset({".py", ".pyx", ".pxd", ".pxi"})
_BUILD = frozenset({".ac", ".am", ".build", ".cfg", ".cmake", ".in", ".mk", ".toml", ".txt"})
_BUILD_NAMES = frozenset({"configure", "Makefile", "SConstruct", "SConscript"})
# NumPy's sdist, for one, has Fortran only to test f2py with, and in its documentation.
_ASIDE = re.compile(r"(benchmark|doc|example|test)s?([ _.-].*)?")

# What compiles with or without OpenMP, and is faster with it: in C, Cython and Fortran.
_DIRECTIVE = re.compile(
    rb"#[ \t]*pragma[ \t]+omp\b|#[ \t]*include[ \t]*[<\"]omp\.h|cython\.parallel\b"
    rb"|cimport[ \t]+openmp\b|[!cC*]\$(?i:omp)\b"
)
# What asks the compiler for it; the last of the second line is extension-helpers' and others'.
_REQUEST = re.compile(
    rb"-fopenmp\b(?!-simd)|-lomp\b|\bl?gomp\b"
    rb"|(?i:find_package[ \t]*\([ \t]*openmp|dependency\([ \t]*['\"]openmp|ac_openmp|openmp_flag)"
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A regular file of an archive."""

    path: PurePosixPath
    read: Callable[[int], bytes]
    """Its first bytes, at most as many."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a source is written with, beside C and C++."""

    fortran: bool = False
    """Fortran is among what a build would compile, by the files' names."""
    openmp: bool = False
    """Its code has directives of OpenMP, and its build asks a compiler for that.

    Either alone is common where nothing is compiled with OpenMP: in headers a source brings along,
    and in the build tools it does."""


def written_with(sdist: Path) -> Written:
    """What an sdist needs of compilers, as far as its files tell.

    Neither for an archive that cannot be read: unpacking it tells what is wrong with it.
    """
    try:
        return _read(_members(sdist))
    except (*DAMAGED, OSError):
        return Written()


def _read(members: Iterable[_Member]) -> Written:
    fortran = directive = request = False
    left = MOST_OF_A_SOURCE
    for member in members:
        fortran = fortran or member.path.suffix.lower() in _FORTRAN
        code = not directive and _code(member.path)
        build = not request and _build(member.path)
        if (code or build) and left:
            text = member.read(min(left, MOST_OF_A_FILE))
            left -= len(text)
            directive |= code and _DIRECTIVE.search(text) is not None
            request |= build and _REQUEST.search(text) is not None
    return Written(fortran, directive and request)


def _code(path: PurePosixPath) -> bool:
    """Whether compilers read it or what is made of it; Cython also compiles Python's modules."""
    return not _suffixes(path).isdisjoint(_C | _PYTHON | _FORTRAN)


def _build(path: PurePosixPath) -> bool:
    """Whether it may say how others are compiled; Cython's sources may, in their comments."""
    return path.name in _BUILD_NAMES or not _suffixes(path).isdisjoint(_PYTHON | _BUILD)


def _suffixes(path: PurePosixPath) -> set[str]:
    """All of them: templates have one more (``core.c.src``, ``core.pyx.tp``)."""
    return {suffix.lower() for suffix in path.suffixes}


def _members(sdist: Path) -> Iterator[_Member]:
    """What of its files a build may compile, by the names of their folders."""
    for member in _files(sdist):
        if not any(_ASIDE.fullmatch(folder) for folder in member.path.parts[1:-1]):
            yield member


def _files(sdist: Path) -> Iterator[_Member]:
    if sdist.name.endswith(".zip"):
        with zipfile.ZipFile(sdist) as zipped:
            for info in islice(zipped.infolist(), MAX_MEMBERS):
                if not info.is_dir():
                    yield _Member(PurePosixPath(info.filename), _reader(zipped, info))
    else:
        with tarfile.open(sdist) as tarred:
            for member in islice(tarred, MAX_MEMBERS):
                if member.isfile():
                    yield _Member(PurePosixPath(member.name), _tar_reader(tarred, member))


def _reader(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        with archive.open(info) as stream:
            return stream.read(most)

    return read


def _tar_reader(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Callable[[int], bytes]:
    def read(most: int) -> bytes:
        stream = archive.extractfile(member)
        return stream.read(most) if stream else b""

    return read
