"""Projects that a setup.py imports, and that nothing of its source asks for.

Before front ends built in environments of their own (PEP 518), whoever built an extension had NumPy
or Cython installed already, and many a setup.py of that time counts on it. Where there is no
``build-system`` table, what it imports is as good as stated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from porter.resolve.programs import asked_for

PROJECTS = {
    "Cython": "Cython",
    "cffi": "cffi",
    "mypyc": "mypy",
    "numpy": "numpy",
    "packaging": "packaging",
    "pkgconfig": "pkgconfig",
    "pybind11": "pybind11",
    "setuptools_rust": "setuptools-rust",
    "setuptools_scm": "setuptools-scm",
    "six": "six",
    "skbuild": "scikit-build",
}
"""By module: what extensions are made with, as the index names it."""

_HEADERS = frozenset({"numpy", "pybind11"})
"""Of these, headers are compiled against: who imports them late, or under a condition, needs them
too. Cython, where it is there, changes what setuptools makes of a list of sources."""
_MODULES = "|".join(PROJECTS).encode()
_LINE = re.compile(rb"^([ \t]*+)([^\s#][^\n]*)", re.MULTILINE)
_IMPORT = re.compile(rb"[ \t]*(from|import)[ \t]+([^#]+)")
_MODULE = re.compile(rb"[ \t]*(\w+)")
# How extensions found NumPy's headers without importing it too early.
_FILES_OF = re.compile(rb"\bresource_filename\([ \t]*['\"](%b)['\"]" % _MODULES)
_GIVES_UP = re.compile(rb"\b(?:raise|exit|pip)\b")


@dataclass(slots=True)
class _Try:
    """A ``try`` that is being read, or one of its handlers."""

    indent: int
    imports: set[str] = field(default_factory=set)
    handles: bool = False


def imported(setup: bytes) -> frozenset[str]:
    """The modules of `PROJECTS` that a setup.py cannot do without.

    One that it tries to import counts where the handler gives up, or installs it by pip.
    """
    found = {match[1].decode() for match in _FILES_OF.finditer(setup)}
    inside: list[_Try] = []
    for match in _LINE.finditer(setup):
        indent, line = len(match[1].expandtabs()), match[2]
        around = _around(inside, indent, line)
        if line.startswith(b"try:"):
            inside.append(_Try(indent))
        for name in _imports(line):
            if around is not None and not around.handles:
                around.imports.add(name)
            elif around is None and (not indent or name in _HEADERS):
                found.add(name)
        if around is not None and around.handles and _GIVES_UP.search(line):
            found |= around.imports
    return frozenset(found)


def _imports(line: bytes) -> Iterator[str]:
    """The modules of `PROJECTS` that the statements of a line import."""
    for statement in line.partition(b"#")[0].split(b";"):
        if match := _IMPORT.match(statement):
            named = match[2].split(b",") if match[1] == b"import" else [match[2]]
            modules = (module[1].decode() for text in named if (module := _MODULE.match(text)))
            yield from (module for module in modules if module in PROJECTS)


def _around(inside: list[_Try], indent: int, line: bytes) -> _Try | None:
    """The innermost try or handler a line lies in; those that end before it are taken away."""
    while inside and inside[-1].indent >= indent:
        last = inside.pop()
        if last.indent == indent and line.startswith(b"except"):
            inside.append(_Try(indent, last.imports, handles=True))
            break
    return inside[-1] if inside else None


def lacking(modules: Iterable[str], requires: Iterable[str]) -> tuple[str, ...]:
    """The projects of modules that are not among build requirements, sorted."""
    there = asked_for(requires)
    projects = {PROJECTS[module] for module in modules}
    return tuple(sorted(project for project in projects if canonicalize_name(project) not in there))
