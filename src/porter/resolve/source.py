"""What a source asks for before it can be built: the ``build-system`` table (PEP 517, 518).

The sdist is hostile: nothing is unpacked to disk, and what is read is bounded.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement
from packaging.version import Version

from porter.index.archives import Member, files_in
from porter.index.coremetadata import MetadataError
from porter.resolve.cythonized import ENDINGS, HEAD, made_by
from porter.resolve.imported import imported
from porter.resolve.metadata import read_requirement
from porter.resolve.programs import programs_run
from porter.resolve.removed import setuptools_with_all

DEFAULT_REQUIRES = ("setuptools>=40.8.0", "wheel")
"""What PEP 517 front ends take for a source without a ``build-system`` table."""
DEFAULT_BACKEND = "setuptools.build_meta:__legacy__"

_PYPROJECT = "pyproject.toml"
_SETUP_FILES = ("setup.py", "setup.cfg")
_WANTED = frozenset({_PYPROJECT, *_SETUP_FILES})
_SHELL = ".sh"
_SETUP_REQUIRES = b"setup_requires"
_SETUP_LIST = re.compile(rb"""\bsetup_requires['"]?[ \t]*[=:][ \t]*\[([^\[\]]{0,10000})\]""")
_TEXT = re.compile(rb"""['"]([^'"\n]+)['"]""")

# The largest pyproject.toml seen in the wild has some 100 kB.
_LARGEST = 4 * 1024 * 1024
# Of a shell script; what it calls stands at a line's beginning, seldom far down.
_LARGEST_SCRIPT = 64 * 1024
_MOST_FILES = 20


class SourceError(Exception):
    """A source whose build requirements cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class BuildSystem:
    """A ``build-system`` table."""

    requires: tuple[str, ...] = DEFAULT_REQUIRES
    backend: str = DEFAULT_BACKEND
    backend_path: tuple[str, ...] = ()
    has_setup_requires: bool = False
    """Whether setup.py or setup.cfg speaks of ``setup_requires``."""
    setup_requires: tuple[str, ...] = ()
    """Of these, what setup.py has as a plain list of texts."""
    cythonized: Version | None = None
    """The oldest Cython that made C code of the source, where what it made it of is there too."""
    imports: frozenset[str] = frozenset()
    """Modules that setup.py needs (`porter.resolve.imported`), where no table could ask for them;
    none of the source's own."""
    setuptools: str | None = None
    """The setuptools that has all of which setup.py makes use (`porter.resolve.removed`)."""
    programs: frozenset[str] = frozenset()
    """What setup.py runs that the index has wheels of: ``cmake``, ``swig``."""

    @property
    def is_setuptools(self) -> bool:
        """Whether setuptools' own backend builds it."""
        return not self.backend_path and self.backend.partition(":")[0] == "setuptools.build_meta"


def read_build_system(sdist: Path) -> BuildSystem:
    """Read the table out of an sdist (tar of any compression, or zip).

    A source without the table has the defaults of PEP 517. Raises `SourceError` for an archive
    or a table that cannot be read.
    """
    members = _Members(sdist.name)
    try:
        for member in files_in(sdist):
            members.take(member)
    except MetadataError as error:
        raise SourceError(f"{sdist.name} cannot be read: {error}") from error
    files = members.files
    speaks = any(_SETUP_REQUIRES in files.get(name, b"") for name in _SETUP_FILES)
    setup = files.get("setup.py", b"")
    stated = _stated(files.get(_PYPROJECT), sdist.name)
    return replace(
        stated or BuildSystem(),
        has_setup_requires=speaks,
        setup_requires=written(setup),
        cythonized=members.oldest_cython(),
        imports=frozenset() if stated else _imports(setup, members),
        setuptools=setuptools_with_all(setup),
        programs=programs_run(files),
    )


def _imports(setup: bytes, members: _Members) -> frozenset[str]:
    """What it imports; Cython also where it does without, and leaves out what Cython makes."""
    names = (posixpath.basename(stem) for stem in members.unmade)
    lists = any(f"{name}.pyx".encode() in setup for name in names)
    return (imported(setup) | ({"Cython"} if lists else set())) - members.own


def _stated(pyproject: bytes | None, sdist: str) -> BuildSystem | None:
    """The table, or None where there is none."""
    if pyproject is None:
        return None
    try:
        document = tomllib.loads(pyproject.decode())
    except (ValueError, RecursionError) as error:  # tomllib's own, and of what is hostile
        raise SourceError(f"pyproject.toml in {sdist} is not valid: {error}") from error
    return _table(document, sdist)


def _table(document: dict[str, Any], filename: str) -> BuildSystem | None:
    table = document.get("build-system")
    if table is None:
        return None
    where = f"pyproject.toml in {filename}"
    if not isinstance(table, dict) or not _is_strings(table.get("requires")):
        raise SourceError(f"{where}: build-system.requires is not a list of strings")
    backend = table.get("build-backend", DEFAULT_BACKEND)
    backend_path = table.get("backend-path", [])
    if not isinstance(backend, str) or not _is_strings(backend_path):
        raise SourceError(f"{where}: build-backend or backend-path has the wrong type")
    return BuildSystem(tuple(table["requires"]), backend, tuple(backend_path))


def _is_strings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


@dataclass(slots=True)
class _Members:
    """What matters of a source, as its archive is read."""

    sdist: str
    files: dict[str, bytes] = field(default_factory=dict)
    """The files at the top that say how it is built, as far as they are there; shell scripts too,
    but no more than a few."""
    own: set[str] = field(default_factory=set)
    """What setup.py can import of the source itself."""
    _made: dict[str, Version] = field(default_factory=dict)
    """By path without its ending: the Cython that made it."""
    _sources: set[str] = field(default_factory=set)

    def take(self, file: Member) -> None:
        """Look at one file."""
        path, read = file.name, file.read
        stem, ending = posixpath.splitext(path)
        self.own.update(_importable(path))
        if (name := _at_top(path)) in _WANTED and name not in self.files:
            _refuse_large(name, file.size, self.sdist)
            self.files[name] = read(_LARGEST)
        elif name and ending == _SHELL and len(self.files) < _MOST_FILES:
            self.files.setdefault(name, read(_LARGEST_SCRIPT))
        elif ending == ".pyx":
            self._sources.add(stem)
        elif ending in ENDINGS and (made := made_by(read(HEAD))):
            self._made[stem] = made

    @property
    def unmade(self) -> set[str]:
        """Cython's sources without the C code they become, by path without the ending."""
        return self._sources - self._made.keys()

    def oldest_cython(self) -> Version | None:
        """See `BuildSystem.cythonized`."""
        return min((self._made[stem] for stem in self._sources & self._made.keys()), default=None)


def _at_top(path: str) -> str:
    """The name of a file at the top; empty for one in a folder."""
    # Below the top folder, which some sdists lack.
    parts = path.removeprefix("./").split("/")
    return parts[-1] if len(parts) <= 2 else ""


def written(setup: bytes) -> tuple[str, ...]:
    """The requirements in lists that a setup.py calls ``setup_requires``, where they are texts."""
    lists = (match[1] for match in _SETUP_LIST.finditer(setup))
    texts = (text.decode("utf-8", "replace") for each in lists for text in _TEXT.findall(each))
    return tuple(dict.fromkeys(text for text in texts if _is_requirement(text)))


def _is_requirement(text: str) -> bool:
    try:
        return read_requirement(text).url is None
    except InvalidRequirement:
        return False


def _importable(path: str) -> tuple[str, ...]:
    """The module or package at the top, or below ``src``, that a file is or lies in."""
    below = [part for part in path.removeprefix("./").split("/")[1:] if part != "src"]
    return (below[0].removesuffix(".py"),) if below else ()


def _refuse_large(name: str, size: int, filename: str) -> None:
    if size > _LARGEST:
        raise SourceError(f"{name} in {filename} has {size} bytes, more than {_LARGEST}")
