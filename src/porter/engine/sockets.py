"""Where a container engine's API may be listening."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from typing import Literal

ContainerEngine = Literal["docker", "podman"]


def addresses(name: ContainerEngine, environ: Mapping[str, str]) -> Iterator[str]:
    """The addresses to try, in order: what the environment names alone, else the usual sockets.

    Sources: ``DOCKER_HOST`` (docker(1)), ``CONTAINER_HOST`` (podman(1)), and
    podman-system-service(1) for podman's places.
    """
    variable = {"docker": "DOCKER_HOST", "podman": "CONTAINER_HOST"}[name]
    if named := environ.get(variable):
        yield named
        return
    runtime = environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    usual = {
        "docker": ("/var/run/docker.sock", f"{runtime}/docker.sock"),
        "podman": (f"{runtime}/podman/podman.sock", "/run/podman/podman.sock"),
    }
    yield from (f"unix://{path}" for path in usual[name] if _is_socket(path))


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)  # noqa: PTH116 - Path.is_socket raises
    except OSError:  # it is not there, or in another user's folder
        return False
