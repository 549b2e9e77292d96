"""Which modules of a wheel have to be importable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from porter.environment import WheelContents, open_wheel

# https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES
_EXTENSION = re.compile(r"(?P<stem>\w+)(\.cpython-\d+\w*-[\w-]+|\.abi3)?\.so")
# Files at the top that nobody imports: there is no package around one, the others are scripts.
_NEVER_IMPORTED = frozenset({"__init__", "__main__", "setup"})
# https://packaging.python.org/en/latest/guides/packaging-namespace-packages/
_SHARED = re.compile(rb"\b(extend_path|declare_namespace)\b")
_BEGINNING = 1 << 14
"""Bytes of a file in which it says so."""


@dataclass(frozen=True, slots=True)
class Modules:
    """Dotted names, sorted, each once."""

    top_level: tuple[str, ...]
    extensions: tuple[str, ...]
    """All compiled modules, those at the top included."""
    before: tuple[str, ...] = ()
    """Those of other wheels that are imported before its own."""
    beside: frozenset[str] = frozenset()
    """What the wheels installed beside it have whole, as `whole_of` tells."""
    unimportable: Mapping[str, str] = field(default_factory=dict)
    """Those that may fail whatever the reason, and why."""

    @property
    def all(self) -> tuple[str, ...]:
        """In the order to import them: the packages before what is inside of them."""
        return tuple(dict.fromkeys((*self.before, *self.top_level, *self.extensions)))


def modules_of(wheel: Path) -> Modules:
    """Find the top-level and the compiled modules from the files of a wheel.

    A shared library is a module if it holds the name of the initialisation function that Python
    would call; others beside it are ordinary libraries. Raises `StepFailed` for a damaged wheel.
    """
    with open_wheel(wheel) as (archive, contents):
        paths = _paths(contents)
        extensions = {
            dotted
            for path, name in paths.items()
            if (dotted := _extension(path)) and _initialises(archive.read(name), dotted)
        }
    return Modules(tuple(sorted(set(_top_level(paths, extensions)))), tuple(sorted(extensions)))


def whole_of(wheel: Path) -> frozenset[str]:
    """Modules at the top and packages that no other wheel could add a module to, dotted.

    A folder without an ``__init__`` is a namespace, which others may share (PEP 420); of old, so is
    one whose ``__init__`` says it. Raises `StepFailed` for a damaged wheel.
    """
    with open_wheel(wheel) as (archive, contents):
        modules = {p: name for p, name in _paths(contents).items() if p.suffix in {".py", ".so"}}
        packages = {
            ".".join(path.parent.parts)
            for path, name in modules.items()
            if path.name.startswith("__init__.") and not _is_shared(archive, name)
        }
    alone = {path.name.partition(".")[0] for path in modules if len(path.parts) == 1}
    return frozenset(packages | alone) - {"", "__init__"}


def _is_shared(archive: ZipFile, init: str) -> bool:
    with archive.open(init) as file:
        return _SHARED.search(file.read(_BEGINNING)) is not None


def _paths(contents: WheelContents) -> dict[PurePosixPath, str]:
    """The name in the archive of each file, by where it lies relative to site-packages."""
    return {
        path: name
        for name in contents.names
        if (path := _installed(PurePosixPath(name), contents.dist_info)) is not None
    }


def _installed(path: PurePosixPath, dist_info: str) -> PurePosixPath | None:
    """Where a file lies relative to site-packages; None when elsewhere, or metadata."""
    top = path.parts[0]
    if top == dist_info:
        return None
    if top == f"{dist_info.removesuffix('.dist-info')}.data":
        within = len(path.parts) > 2 and path.parts[1] in {"purelib", "platlib"}
        return PurePosixPath(*path.parts[2:]) if within else None
    return path


def _extension(path: PurePosixPath) -> str | None:
    match = _EXTENSION.fullmatch(path.name)
    if match is None:
        return None
    parts = (*path.parent.parts, match["stem"])
    if match["stem"] == "__init__":
        parts = parts[:-1]
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def _initialises(library: bytes, dotted: str) -> bool:
    """Whether ``PyInit_NAME`` is among its strings (PEP 489: ``PyInitU_`` for other than ASCII)."""
    name = dotted.rpartition(".")[2]
    if name.isascii():
        return f"\0PyInit_{name}\0".encode() in library
    return b"\0PyInitU_" in library


def _top_level(paths: dict[PurePosixPath, str], extensions: set[str]) -> Iterator[str]:
    for path in paths:
        if path.suffix != ".py":
            continue
        in_package = len(path.parts) > 1
        name = path.parts[0] if in_package else path.stem
        if name.isidentifier() and (in_package or name not in _NEVER_IMPORTED):
            yield name
    yield from (name.partition(".")[0] for name in extensions)
