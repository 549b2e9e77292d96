"""Where a container engine's API may be listening."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
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
    yield from (f"unix://{path}" for path in usual[name] if Path(path).is_socket())
