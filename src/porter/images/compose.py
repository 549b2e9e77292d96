"""Images for each kind of engine, put together."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import Any

from porter.images.bootstrap import run_tool
from porter.images.catalogue import catalogue
from porter.images.docker_store import DockerStore
from porter.images.folder_store import FolderStore
from porter.images.images import HostRoot, Images, Notice
from porter.images.roots import Roots


def container_images(
    client: Any,
    *,
    cache: Path,
    notice: Notice,
    spare_root: HostRoot,
    stop: threading.Event | None = None,
    offline: bool = False,
) -> Images:
    """Images of a container engine. `client` is the SDK's low-level one (``DockerClient.api``).

    `spare_root` gives this machine's own interpreters, for those that no image has. Once `stop` is
    set, images that are being made are given up, with KeyboardInterrupt.
    """
    roots = Roots(cache / "roots", notice=notice, stop=stop)
    store = DockerStore(client, roots, pinned=catalogue().pinned, stop=stop)
    return Images(
        store,
        roots,
        notice=notice,
        puller=store,
        spare_root=spare_root,
        run=partial(run_tool, stop=stop),
        offline=offline,
    )


def local_images(
    *,
    cache: Path,
    notice: Notice,
    host_root: HostRoot,
    stop: threading.Event | None = None,
    offline: bool = False,
) -> Images:
    """Unpacked roots for the local engine; `host_root` gives this machine's own interpreters."""
    roots = Roots(cache / "roots", notice=notice, stop=stop)
    return Images(
        FolderStore(roots),
        roots,
        notice=notice,
        host_root=host_root,
        run=partial(run_tool, stop=stop),
        offline=offline,
    )
