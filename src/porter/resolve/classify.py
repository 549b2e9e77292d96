"""Why a release is available, a port, or without a source: in one sentence a person understands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.tags import Tag

from porter.model import File, State
from porter.phrases import number_of
from porter.resolve.runtime import Runtime
from porter.resolve.shelf import Offer

NO_SDIST = "; no sdist: give a source in a recipe"
_INTERPRETERS_NAMED = 6


def classify(
    offer: Offer, runtime: Runtime, *, source: File | None, from_source: bool
) -> tuple[State, str]:
    """The state of a release on a runtime, and the reason for it.

    With ``from_source`` a release with a source is a port even where a wheel could be used.
    """
    if offer.wheel is not None:
        if from_source and source is not None:
            return State.PORT, f"asked for from source, although {offer.wheel.filename} is usable"
        wanted = ", and there is no source to build" if from_source else ""
        place = "at the address given" if offer.wheel.direct else "on the index"
        return State.AVAILABLE, f"wheel {place}: {offer.wheel.filename}{wanted}"
    if offer.sdist is None:
        return State.NO_SOURCE, f"{missing_wheel(offer, runtime)}{NO_SDIST}"
    return State.PORT, missing_wheel(offer, runtime)


def missing_wheel(offer: Offer, runtime: Runtime) -> str:
    """Why none of the wheels on the index can be used."""
    wheels = offer.proxies
    if not wheels:
        is_direct = offer.sdist is not None and offer.sdist.direct
        return "source at the address given" if is_direct else "sdist only: no wheel on the index"
    place = "at the address given" if wheels[0].direct else "on the index"
    count = f"{number_of(len(wheels), 'wheel')} {place}"
    arch, python = runtime.label, runtime.interpreter
    ours = [w for w in wheels if any(t.platform.endswith(f"_{arch}") for t in w.tags)]
    ours = [w for w in ours if any("linux" in t.platform for t in w.tags)]
    if not ours and all(wheel.is_pure for wheel in wheels):
        return f"no {python} wheel: {count}, for {_interpreters(wheels)}"
    if not ours:
        return f"no {arch} wheel: {count}, for {_families(wheels)}"
    fitting = [w for w in ours if _fits_python(w, runtime)]
    if not fitting:
        return (
            f"no {python} wheel for {arch}: {count}, those for {arch} are for {_interpreters(ours)}"
        )
    return f"no {arch} wheel within the policy: those on the index are {_policies(fitting, arch)}"


def _fits_python(wheel: File, runtime: Runtime) -> bool:
    pairs = {(tag.interpreter, tag.abi) for tag in runtime.ranks}
    return any((tag.interpreter, tag.abi) in pairs for tag in wheel.tags)


def _interpreters(wheels: Iterable[File]) -> str:
    names = sorted({tag.interpreter for w in wheels for tag in w.tags}, key=_natural)
    shown = ", ".join(names[:_INTERPRETERS_NAMED])
    return shown if len(names) <= _INTERPRETERS_NAMED else f"{shown}, …"


def _policies(wheels: Iterable[File], arch: str) -> str:
    platforms = {t.platform for w in wheels for t in w.tags if t.platform.endswith(f"_{arch}")}
    names = sorted({platform.removesuffix(f"_{arch}") for platform in platforms}, key=_natural)
    return ", ".join(names)


def _families(wheels: Iterable[File]) -> str:
    """``win, macosx and x86_64/i686 linux``."""
    tags = {tag for wheel in wheels for tag in wheel.tags}
    other = sorted({_family(tag) for tag in tags} - {"linux"}, key=_FAMILY_ORDER.index)
    linux = sorted({_linux_arch(tag) for tag in tags if _family(tag) == "linux"}, reverse=True)
    named = [*other, *([f"{'/'.join(linux)} linux"] if linux else [])]
    return " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))


_FAMILY_ORDER = ["win", "macosx", "other systems", "other Pythons", "linux"]


def _family(tag: Tag) -> str:
    if "linux" in tag.platform:
        return "linux"
    if tag.platform == "any":
        return "other Pythons"
    return next((f for f in ("win", "macosx") if tag.platform.startswith(f)), "other systems")


def _linux_arch(tag: Tag) -> str:
    """``x86_64`` of ``manylinux_2_17_x86_64``, ``manylinux2014_x86_64`` or ``linux_x86_64``."""
    return re.sub(r"^(?:many|musl)?linux(?:\d+(?=_)|_\d+_\d+)?_", "", tag.platform)


def _natural(text: str) -> tuple[object, ...]:
    return tuple(int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text))
