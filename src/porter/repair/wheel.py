"""From the wheel a build made to one that may be published: checked, repaired, checked again."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from packaging.tags import Tag

from porter.build.job import SOURCE
from porter.environment import WheelContents, read_wheel
from porter.errors import ImageError, StepFailed
from porter.model import LEGACY_POLICIES, Platform, Policy
from porter.phrases import first_of, number_of
from porter.repair import auditwheel
from porter.repair.canonical import write_canonical
from porter.repair.compiled import compiled_part
from porter.repair.elf import Machine
from porter.repair.glibc import Exports, find_library, library_folders
from porter.repair.inspection import Inspection, inspect
from porter.repair.readymade import ready_made
from porter.repair.searchpaths import Tree, lead, within
from porter.repair.suffixes import with_own_suffixes
from porter.toolchain.sandbox import SYSROOT

ZIP_EPOCH = 315532800
"""1980-01-01, the earliest time a zip archive can state (seconds since 1970)."""
_NAMED = 4
"""Libraries, or other files, that a warning names."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """A wheel that passed all checks on files."""

    wheel: Path
    tags: frozenset[Tag]
    policy: Policy | None
    """The oldest glibc it serves, as auditwheel found it; None for a wheel without native code."""
    grafted: tuple[str, ...]
    """File names of the libraries that were copied into it."""
    size_before: int
    size_after: int
    """Bytes."""
    warnings: tuple[str, ...]


def repair(  # noqa: PLR0913 - keyword-only; what is repaired, for what, and from where
    raw: Path,
    *,
    platform: Platform,
    sysroot: Path | None,
    libraries: Sequence[Path] = (),
    work: Path,
    out: Path,
    source: Path | None = None,
    sdist: Path | None = None,
    timestamp: int = ZIP_EPOCH,
) -> Repaired:
    """Check `raw`, graft the libraries it needs, give it its tag, and put the result into `out`.

    A wheel that serves every platform keeps its name, if nothing compiled is in it but what the
    source archive (`sdist`) has ready-made, as `porter.repair.readymade` tells. The tag is what
    auditwheel finds in the files. A newer policy than the platform's is a failure, unless it is the
    grafted libraries that ask for it (then it is a warning: the build asked for no more than it
    may); and so is all that `porter.repair.inspection` objects to, in the wheel as built and as
    repaired. Libraries come from the folders `libraries`, the sysroot, the wheel itself, and the
    tree it was built in (`source`). The archive is in the form of `porter.repair.canonical`, its
    times are all `timestamp` (https://reproducible-builds.org/specs/source-date-epoch/). `work` is
    for temporary files.

    Raises `StepFailed` with the reason, all problems of all files in its context.
    """
    contents = read_wheel(raw.resolve())
    folders = library_folders(sysroot, platform.arch.triple) if sysroot else ()
    exports, notes = _exports(folders, platform, sysroot)
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work.resolve(), prefix="repair-") as private:
        scratch = Path(private)
        contents = replace(contents, path=with_own_suffixes(contents.path, platform.arch, scratch))
        data = ready_made(contents.path, sdist, platform) if sdist else {}
        before = inspect(contents.path, platform=platform, exports=exports, work=scratch, data=data)
        if contents.is_pure:
            return _passed_on(contents, before, out, timestamp, tuple(_carried(data)))
        _refuse_foreign_name(contents, platform)
        # Alone, what is too new has a remedy of its own.
        kind = "unfit-binary" if before.problems else "too-new-symbol"
        _refuse(contents, (*before.problems, *before.newer), kind)
        _refuse_nothing_compiled(contents, before)
        (scratch / "paths").mkdir()
        tree = Tree(source, SOURCE) if source else None
        led = lead(contents.path, scratch / "paths", tree, data=data)
        own = (led.libraries,) if led.libraries else ()
        ldpaths = (*own, *libraries, *folders, *_rerooted(led.foreign, sysroot))
        part = compiled_part(led.wheel, set(before.elves), platform.arch, scratch)
        made = auditwheel.repair(part, ldpaths=ldpaths, work=scratch, timestamp=timestamp)
        if made is None:
            raise StepFailed(f"{raw.name}: auditwheel wrote no wheel")
        repaired = read_wheel(made)
        policy = _policy(repaired, platform)
        after = inspect(made, platform=platform, exports=exports, work=scratch)
        lacking = tuple(_lacking(after, policy))
        _refuse(repaired, (*after.problems, *after.unsafe, *lacking), "unfit-binary")
        reasons = raising(before, after) if policy > platform.policy else ()
        if policy > platform.policy and not reasons:
            raise StepFailed(
                f"{raw.name}: the wheel asks for {policy}, newer than {platform.policy}",
                context="\n".join(map(str, after.versions)),
                rule="too-new-symbol",
            )
        wheel = _place(made, out, canonical_name(made.name), timestamp, rest=led.wheel)
    return Repaired(
        wheel,
        repaired.tags,
        policy,
        _grafted(before, after),
        raw.stat().st_size,
        wheel.stat().st_size,
        (
            *notes,
            *_carried(data),
            *before.warnings,
            *after.strays,
            *_raised(policy, reasons, platform),
        ),
    )


def graft(raw: Path, *, platform: Platform, sysroot: Path, work: Path, timestamp: int) -> Path:
    """The wheel with the libraries of a root copied into it, in `work`; nothing else is judged.

    For what runs where those libraries are not. Its files are led to none of this machine, as in
    `repair`. Raises `StepFailed` with auditwheel's reason.
    """
    contents = read_wheel(raw.resolve())
    if contents.is_pure:
        return raw
    (work / "paths").mkdir(parents=True)
    led = lead(contents.path, work / "paths")
    own = (led.libraries,) if led.libraries else ()
    folders = library_folders(sysroot, platform.arch.triple)
    ldpaths = (*own, *folders, *_rerooted(led.foreign, sysroot))
    made = auditwheel.repair(led.wheel, ldpaths=ldpaths, work=work, timestamp=timestamp)
    return made or raw


def keep(raw: Path, *, out: Path, timestamp: int) -> Path:
    """Put a wheel into `out` as it was built, in the form of `porter.repair.canonical`.

    For what only runs where it was made: nothing of its content is judged. Raises `StepFailed`
    for a damaged archive.
    """
    read_wheel(raw.resolve())
    return _place(raw, out, raw.name, timestamp)


def canonical_name(filename: str) -> str:
    """The file name with its platform tags sorted.

    auditwheel's releases differ in the order, and nobody may rely on one: the same set of tags
    shall have one name. Sorted, the older alias comes first: ``manylinux2014_aarch64`` before
    ``manylinux_2_17_aarch64``.
    """
    head, _, platforms = filename.removesuffix(".whl").rpartition("-")
    return f"{head}-{'.'.join(sorted(platforms.split('.')))}.whl"


def _exports(
    folders: tuple[Path, ...], platform: Platform, sysroot: Path | None
) -> tuple[Exports, tuple[str, ...]]:
    if sysroot is None:
        return Exports.known(), ()
    libm, libc = (find_library(folders, name, sysroot) for name in ("libm.so.6", "libc.so.6"))
    if libm is None or libc is None:
        return Exports.known(), ("the sysroot has no libm.so.6; shadowing checked by a list",)
    try:
        return Exports.of(libm, libc, platform), ()
    except Exception as error:
        raise ImageError(f"{libm} or {libc.name} of the sysroot is damaged: {error!r}") from error


def _passed_on(
    contents: WheelContents,
    found: Inspection,
    out: Path,
    timestamp: int,
    warnings: tuple[str, ...],
) -> Repaired:
    raw = contents.path
    if found.elves or found.problems:
        raise StepFailed(
            f"{raw.name}: is named for every platform, but has compiled code in it",
            context="\n".join((*found.elves, *found.problems)),
            hint="The package has to be built as platform-specific (setuptools: has_ext_modules).",
        )
    wheel = _place(raw, out, raw.name, timestamp)
    sizes = (raw.stat().st_size, wheel.stat().st_size)
    return Repaired(wheel, contents.tags, None, (), *sizes, warnings)


def _refuse_foreign_name(contents: WheelContents, platform: Platform) -> None:
    for name in sorted({tag.platform for tag in contents.tags}):
        if not re.fullmatch(rf"(linux|manylinux\w*?)_{platform.arch}", name):
            raise StepFailed(
                f"{contents.path.name}: the build named it for {name}, not for {platform.arch}"
            )


def _refuse(contents: WheelContents, problems: Sequence[str], kind: str) -> None:
    if problems:
        more = len(problems) - 1
        raise StepFailed(
            f"{contents.path.name}: {problems[0]}"
            + (f" (and {number_of(more, 'more problem')})" if more else ""),
            context="\n".join(problems),
            rule=kind,
        )


def _refuse_nothing_compiled(contents: WheelContents, found: Inspection) -> None:
    if not found.elves:
        raise StepFailed(
            f"{contents.path.name}: is named for {_platforms(contents)}, but nothing compiled is "
            "in it; the build has lost its extension modules",
            rule="nothing-compiled",
        )


def _policy(contents: WheelContents, platform: Platform) -> Policy:
    """The oldest glibc among the tags: they are one set, in whatever order and spelling."""
    legacy = {name: glibc for glibc, name in LEGACY_POLICIES.items()}
    found = []
    for tag in contents.tags:
        name = tag.platform.removesuffix(f"_{platform.arch}")
        if match := re.fullmatch(r"manylinux_(\d+)_(\d+)", name):
            found.append((int(match[1]), int(match[2])))
        elif name in legacy:
            found.append(legacy[name])
        else:
            raise StepFailed(f"{contents.path.name}: fits no manylinux policy ({tag.platform})")
    return Policy(min(found))


def _lacking(after: Inspection, policy: Policy) -> Iterator[str]:
    """The libraries that nobody brings.

    auditwheel passes over files of another C library, and over those called like Python's source.
    """
    brought = {PurePosixPath(name).name for name in after.elves}
    for file, library in after.needed:
        if library not in brought and not auditwheel.is_left_to_the_system(library, policy):
            yield f"{file}: needs {library}, which is neither in the wheel nor part of {policy}"


def _rerooted(foreign: frozenset[str], sysroot: Path | None) -> Iterator[Path]:
    """The folders of the sysroot in which the build meant its libraries to be found."""
    for path in sorted(foreign):
        place = path.removeprefix(SYSROOT)
        if sysroot is None or not place.startswith("/"):
            continue
        folder = within(sysroot, sysroot / place.lstrip("/"))
        if folder is not None and folder.is_dir():
            yield folder


def raising(before: Inspection, after: Inspection) -> tuple[str, ...]:
    """The grafted libraries that ask for a newer glibc than the policy's.

    Where none does: those that ask for something newer than the build's own files do, of what else
    policies list (``GLIBCXX`` of libstdc++).
    """
    own: dict[str, tuple[int, ...]] = {}
    for wanted in before.versions:
        own[wanted.family] = max(own.get(wanted.family, ()), wanted.order)
    grafted = _grafted(before, after)
    newer = [sentence.partition(":")[0] for sentence in after.newer] or [
        wanted.file
        for wanted in after.versions
        if wanted.family != "GLIBC" and wanted.order > own.get(wanted.family, ())
    ]
    names = (PurePosixPath(file).name for file in newer)
    return tuple(name for name in dict.fromkeys(names) if name in grafted)


def _raised(policy: Policy, libraries: Sequence[str], platform: Platform) -> Iterator[str]:
    """That libraries of the root ask for a newer policy, and which."""
    if libraries:
        yield (
            f"asks for {policy}, newer than {platform.policy}, because the libraries grafted from "
            f"the root do: {first_of(tuple(libraries), _NAMED)}"
        )


def _carried(data: Mapping[str, Machine]) -> Iterator[str]:
    """That files are in it as the source has them, for each machine."""
    for machine in dict.fromkeys(data.values()):
        names = tuple(name for name in data if data[name] == machine)
        yield f"not built but in the source as it is, for {machine}: {first_of(names, _NAMED)}"


def _grafted(before: Inspection, after: Inspection) -> tuple[str, ...]:
    added = set(after.elves) - set(before.elves)
    return tuple(sorted(PurePosixPath(name).name for name in added))


def _platforms(contents: WheelContents) -> str:
    return ", ".join(sorted({tag.platform for tag in contents.tags}))


def _place(file: Path, out: Path, name: str, timestamp: int, *, rest: Path | None = None) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    part = out / f".{name}.part"
    write_canonical(file, part, timestamp=timestamp, rest=rest)
    return part.replace(out / name)
