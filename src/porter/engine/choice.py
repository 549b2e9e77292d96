"""Which engine serves: the one asked for, or the first that is here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from porter.engine.containers import DockerEngine
from porter.engine.isolation import Isolation
from porter.engine.local import LocalEngine
from porter.engine.sockets import ContainerEngine
from porter.errors import EngineError

EngineName = Literal["auto", "docker", "podman", "local"]
_AUTO: tuple[EngineName, ...] = ("docker", "podman", "local")


def choose(
    name: EngineName,
    *,
    notice: Callable[[str], None],
    isolation: Isolation = "full",
    environ: Mapping[str, str] = os.environ,
) -> DockerEngine | LocalEngine:
    """The engine of that name; ``auto`` takes docker, then podman, then local, and says which.

    Raises `EngineError` when the one asked for, or with ``auto`` all of them, cannot serve.
    """
    if name != "auto":
        return _connect(name, notice, isolation, environ)
    failures: list[EngineError] = []
    for candidate in _AUTO:
        try:
            engine = _connect(candidate, notice, isolation, environ)
        except EngineError as error:
            failures.append(error)
        else:
            notice(_announcement(candidate, failures))
            return engine
    raise EngineError(
        "no engine can run commands on this machine",
        context="\n".join(f"{error.message}: {error.context}" for error in failures),
        hint="porter setup starts a container engine; porter doctor shows what is missing",
    )


def container_engines(environ: Mapping[str, str]) -> Iterator[DockerEngine]:
    """The container engines that answer here: those that do not run no containers either."""
    names: tuple[ContainerEngine, ...] = ("docker", "podman")
    for name in names:
        try:
            engine = DockerEngine.connect(name, environ)
        except EngineError:
            continue
        yield engine


def _connect(
    name: EngineName,
    notice: Callable[[str], None],
    isolation: Isolation,
    environ: Mapping[str, str],
) -> DockerEngine | LocalEngine:
    if name == "local":
        return LocalEngine.connect(isolation=isolation, notice=notice, environ=environ)
    return DockerEngine.connect("podman" if name == "podman" else "docker", environ)


def _announcement(name: EngineName, failures: list[EngineError]) -> str:
    why = "; ".join(error.message for error in failures)
    return f"engine: {name} ({why})" if why else f"engine: {name}"
