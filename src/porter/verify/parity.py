"""Compares a wheel with the one upstream made of the same release for another platform. Pure.

Packages fall back silently: without libyaml, pyyaml builds as pure Python, and its build succeeds.
What upstream compiled has therefore to be in our wheel as well; of all other files and of the
metadata a difference is only told. So it is of libraries that are no modules, as long as ours has
anything compiled: a package that loads its only library by ctypes is nothing without it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from porter.errors import StepFailed
from porter.phrases import first_of, number_of
from porter.verify.upstream import Nothing, Upstream

_SHOWN = 6
_COMPILED = re.compile(
    r"(?P<stem>[A-Za-z0-9_]+)(?P<tag>\.cpython-\d+\w*-[\w-]+|\.abi3)?\.so", re.ASCII | re.DOTALL
)
_LIBRARY = re.compile(r"(?P<stem>.+?)\.so(\.\d[\w.]*)?", re.DOTALL)
# Folders that auditwheel and its kind put grafted libraries into, and the names they give them.
_GRAFTED = re.compile(
    r"(.*/)?([^/]+\.libs|\.libs|\.dylibs)/.*|.*-[0-9a-f]{8}\.([^/]+\.)?so(\.[^/]*)?", re.DOTALL
)
# Names that say that a module is for processors of another kind.
_X86 = re.compile(
    r"(.*_)?(x86(_64)?|amd64|i[3-6]86|mmx|s?sse\w*|avx\w*|aesni|p?clmul|bmi[12]|rdrand|cpuid\w*)(_.*)?"
)


@dataclass(frozen=True, slots=True)
class Ours:
    """What our wheel holds."""

    filename: str
    names: tuple[str, ...]
    requires: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parity:
    """What came of the comparison."""

    said: str
    """In one sentence: with what it was compared."""
    warnings: tuple[str, ...] = ()


def compare(
    ours: Ours, theirs: Upstream | Nothing, upstream_only: Mapping[str, str] | None = None
) -> Parity:
    """Accept, or raise `StepFailed` with the compiled modules and libraries ours lacks.

    `upstream_only`: what of these, dotted, is for upstream's platform alone, and why; those whose
    names speak of x86 are known without it, and those that upstream's own wheel for our processor,
    where it has one, lacks as well.
    """
    if isinstance(theirs, Nothing):
        return Parity(f"nothing to compare with: {theirs.reason}")
    modules = compiled(theirs.names)
    wanted, here = modules | libraries(theirs.names), _binaries(ours.names)
    known = upstream_only or {}
    missing = sorted(wanted - here - set(known))
    foreign = [name for name in missing if _X86.fullmatch(name.rpartition(".")[2])]
    at_home = wanted if theirs.at_home is None else _binaries(theirs.at_home)
    elsewhere = [m for m in missing if m not in foreign and m not in at_home]
    lost = [name for name in missing if name not in {*foreign, *elsewhere}]
    named = _named([m for m in lost if m in modules], [m for m in lost if m not in modules])
    if lost and (modules.intersection(lost) or not here) and not theirs.pure_too:
        raise StepFailed(
            f"{ours.filename}: lacks {named}, which upstream's {theirs.filename} has",
            hint="The build went on without it: its log says why. A recipe names what it needs "
            "(system.apt), or says that it is upstream's alone (upstream-only).",
        )
    return Parity(
        f"{_count(modules & here)} as in {theirs.filename}",
        (
            *(f"{name} of upstream's wheel is for x86 by its name" for name in foreign),
            *(f"{m} is not in upstream's own wheel for this processor either" for m in elsewhere),
            *(f"{m} is upstream's alone: {why}" for m, why in known.items() if m in wanted - here),
            *((f"lacks {named}{_without(theirs)}",) if lost else ()),
            *_differences(ours, theirs),
        ),
    )


def compiled(names: Iterable[str]) -> frozenset[str]:
    """The compiled modules among a wheel's files, dotted; grafted and plain libraries left out.

    A module may be called like a library, with an interpreter's tag in its name (all of pysam's).
    """
    found = set()
    for name in names:
        path = _installed(name)
        match = path and not _GRAFTED.fullmatch(name) and _COMPILED.fullmatch(path.name)
        if path and match and (match["tag"] or not match["stem"].startswith("lib")):
            found.add(".".join((*path.parent.parts, match["stem"])))
    return frozenset(found)


def libraries(names: Iterable[str]) -> frozenset[str]:
    """The plain libraries among a wheel's files, dotted likewise, without what follows ``.so``."""
    found = set()
    for name in names:
        path = _installed(name)
        match = path and not _GRAFTED.fullmatch(name) and _LIBRARY.fullmatch(path.name)
        if path and match and not compiled((name,)):
            found.add(".".join((*path.parent.parts, match["stem"])))
    return frozenset(found)


def _binaries(names: Sequence[str]) -> frozenset[str]:
    return compiled(names) | libraries(names)


def _differences(ours: Ours, theirs: Upstream) -> Iterable[str]:
    here, there = _others(ours.names), _others(theirs.names)
    for text, names in (("lacks", there - here), ("has more than upstream's:", here - there)):
        if names:
            yield f"{text} {first_of(sorted(names), _SHOWN)}"
    if theirs.requires is not None and theirs.requires != ours.requires:
        for text, asked in (
            ("asks for, unlike upstream's wheel:", ours.requires - theirs.requires),
            ("does not ask for, unlike upstream's wheel:", theirs.requires - ours.requires),
        ):
            if asked:
                yield f"{text} {first_of(sorted(asked), _SHOWN)}"


def _others(names: Iterable[str]) -> frozenset[str]:
    """Files that are neither compiled nor metadata; of the latter only the entry points."""
    found = set()
    for name in names:
        path = _installed(name)
        if path is None:
            if name.endswith(".dist-info/entry_points.txt"):
                found.add("entry_points.txt")
        elif not (_GRAFTED.fullmatch(name) or path.suffix == ".pyc" or ".so" in path.suffixes):
            found.add(str(path))
    return frozenset(found)


def _installed(name: str) -> PurePosixPath | None:
    """Where a file lies relative to site-packages (or its ``.data`` folder); None for metadata."""
    path = PurePosixPath(name)
    top = path.parts[0] if path.parts else ""
    if not top or top.endswith(".dist-info"):
        return None
    if top.endswith(".data") and len(path.parts) > 2:
        platform = path.parts[1] in {"purelib", "platlib"}
        return PurePosixPath(*path.parts[2 if platform else 1 :])
    return path


def _named(modules: Sequence[str], plain: Sequence[str]) -> str:
    kinds = (("extension module", "extension modules", modules), ("library", "libraries", plain))
    return " and ".join(words for one, many, names in kinds for words in _some(one, many, names))


def _some(one: str, many: str, names: Sequence[str]) -> Iterator[str]:
    if len(names) == 1:
        yield f"the {one} {names[0]}"
    elif names:
        yield f"{len(names)} {many}: {first_of(names, _SHOWN)}"


def _without(theirs: Upstream) -> str:
    return "; upstream has a wheel without, too" if theirs.pure_too else ""


def _count(names: frozenset[str]) -> str:
    if not names:
        return "no extension modules,"
    return number_of(len(names), "extension module")
