"""Projects that a setup.py imports, and that nothing of its source asks for.

Before front ends built in environments of their own (PEP 518), whoever built an extension had NumPy
or Cython installed already, and many a setup.py of that time counts on it. Where there is no
``build-system`` table, what it imports is as good as stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from porter.resolve.metadata import read_requirement

PROJECTS = {
    "Cython": "Cython",
    "cffi": "cffi",
    "numpy": "numpy",
    "pkgconfig": "pkgconfig",
    "pybind11": "pybind11",
    "setuptools_scm": "setuptools-scm",
    "six": "six",
    "skbuild": "scikit-build",
}
"""By module: what extensions are made with, as the index names it."""

_MODULES = "|".join(PROJECTS).encode()
# What is not indented is not in a try that would do without.
_PLAIN = re.compile(rb"^(?:from|import)[ \t]+(%b)\b" % _MODULES, re.MULTILINE)
# Nothing but headers: who looks for them late, or installs them by pip otherwise, needs them too.
_HEADERS = re.compile(rb"^[ \t]+(?:from|import)[ \t]+(pybind11)\b", re.MULTILINE)
# A try at the top, and what is done where it fails. Blank lines and others cannot be mistaken for
# each other, so that searching takes time linear in the text.
_BLOCK = rb"((?:[ \t]+\S[^\n]*\n|[ \t]*\n)++)"
_TRY = re.compile(rb"^try:[^\n]*\n%bexcept[^\n]*:[^\n]*\n%b" % (_BLOCK, _BLOCK), re.MULTILINE)
_TRIED = re.compile(rb"^[ \t]+(?:from|import)[ \t]+(%b)\b" % _MODULES, re.MULTILINE)
_GIVES_UP = re.compile(rb"\b(?:raise|exit|pip)\b")


def imported(setup: bytes) -> frozenset[str]:
    """The modules of `PROJECTS` that a setup.py cannot do without."""
    setup = setup.replace(b"\r\n", b"\n")
    found = {match[1] for pattern in (_PLAIN, _HEADERS) for match in pattern.finditer(setup)}
    return frozenset(module.decode() for module in found | set(_tried(setup)))


def _tried(setup: bytes) -> Iterator[bytes]:
    """Those it tries to import, and gives up without."""
    for attempt in _TRY.finditer(setup):
        if _GIVES_UP.search(attempt[2]):
            yield from (match[1] for match in _TRIED.finditer(attempt[1]))


def lacking(modules: Iterable[str], requires: Iterable[str]) -> tuple[str, ...]:
    """The projects of modules that are not among build requirements, sorted."""
    there = set(map(_name, requires))
    projects = {PROJECTS[module] for module in modules}
    return tuple(sorted(project for project in projects if canonicalize_name(project) not in there))


def _name(text: str) -> str | None:
    try:
        return canonicalize_name(read_requirement(text).name)
    except InvalidRequirement:
        return None
