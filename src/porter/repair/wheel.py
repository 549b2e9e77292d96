"""From the wheel a build made to one that may be published: checked, repaired, checked again."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.tags import Tag

from porter.environment import WheelContents, read_wheel
from porter.errors import ImageError, StepFailed
from porter.model import LEGACY_POLICIES, Platform, Policy
from porter.repair import auditwheel
from porter.repair.canonical import write_canonical
from porter.repair.glibc import Exports, find_library, library_folders
from porter.repair.inspection import Inspection, inspect

ZIP_EPOCH = 315532800
"""1980-01-01, the earliest time a zip archive can state (seconds since 1970)."""


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


def repair(
    raw: Path,
    *,
    platform: Platform,
    sysroot: Path | None,
    work: Path,
    out: Path,
    timestamp: int = ZIP_EPOCH,
) -> Repaired:
    """Check `raw`, graft the libraries it needs, give it its tag, and put the result into `out`.

    A wheel that serves every platform keeps its name, if nothing compiled is in it. The tag
    is what auditwheel finds in the files; a newer policy than the platform's is a failure, and so
    is all that `porter.repair.inspection` objects to, in the wheel as built and as repaired.
    Libraries come from the sysroot only. The archive is in the form of `porter.repair.canonical`,
    its times are all `timestamp` (https://reproducible-builds.org/specs/source-date-epoch/).
    `work` is for temporary files.

    Raises `StepFailed` with the reason, all problems of all files in its context.
    """
    contents = read_wheel(raw.resolve())
    folders = library_folders(sysroot, platform.arch.triple) if sysroot else ()
    exports, notes = _exports(folders, platform, sysroot)
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work.resolve(), prefix="repair-") as private:
        scratch = Path(private)
        before = inspect(raw, platform=platform, exports=exports, work=scratch)
        if contents.is_pure:
            return _passed_on(contents, before, out, timestamp)
        _refuse_foreign_name(contents, platform)
        _refuse_problems(contents, before)
        _refuse_nothing_compiled(contents, before)
        made = auditwheel.repair(contents.path, ldpaths=folders, work=scratch, timestamp=timestamp)
        if made is None:
            raise StepFailed(f"{raw.name}: auditwheel wrote no wheel")
        repaired = read_wheel(made)
        policy = _policy(repaired, platform)
        after = inspect(made, platform=platform, exports=exports, work=scratch)
        _refuse_problems(repaired, after)
        if policy > platform.policy:
            raise StepFailed(
                f"{raw.name}: the wheel asks for {policy}, newer than {platform.policy}",
                context="\n".join(after.versions),
                rule="too-new-symbol",
            )
        wheel = _place(made, out, canonical_name(made.name), timestamp)
    return Repaired(
        wheel,
        repaired.tags,
        policy,
        _grafted(before, after),
        raw.stat().st_size,
        wheel.stat().st_size,
        (*notes, *before.warnings),
    )


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


def _passed_on(contents: WheelContents, found: Inspection, out: Path, timestamp: int) -> Repaired:
    raw = contents.path
    if found.elves or found.problems:
        raise StepFailed(
            f"{raw.name}: is named for every platform, but has compiled code in it",
            context="\n".join((*found.elves, *found.problems)),
            hint="The package has to be built as platform-specific (setuptools: has_ext_modules).",
        )
    wheel = _place(raw, out, raw.name, timestamp)
    sizes = (raw.stat().st_size, wheel.stat().st_size)
    return Repaired(wheel, contents.tags, None, (), *sizes, ())


def _refuse_foreign_name(contents: WheelContents, platform: Platform) -> None:
    for name in sorted({tag.platform for tag in contents.tags}):
        if not re.fullmatch(rf"(linux|manylinux\w*?)_{platform.arch}", name):
            raise StepFailed(
                f"{contents.path.name}: the build named it for {name}, not for {platform.arch}"
            )


def _refuse_problems(contents: WheelContents, found: Inspection) -> None:
    if found.problems:
        more = len(found.problems) - 1
        raise StepFailed(
            f"{contents.path.name}: {found.problems[0]}"
            + (f" (and {more} more problem{'s' if more > 1 else ''})" if more else ""),
            context="\n".join(found.problems),
            rule="unfit-binary",
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


def _grafted(before: Inspection, after: Inspection) -> tuple[str, ...]:
    added = set(after.elves) - set(before.elves)
    return tuple(sorted(PurePosixPath(name).name for name in added))


def _platforms(contents: WheelContents) -> str:
    return ", ".join(sorted({tag.platform for tag in contents.tags}))


def _place(file: Path, out: Path, name: str, timestamp: int) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    part = out / f".{name}.part"
    write_canonical(file, part, timestamp=timestamp)
    return part.replace(out / name)
