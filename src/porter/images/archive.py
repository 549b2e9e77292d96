"""Write an unpacked root as an image archive that ``docker load`` and ``podman load`` take.

The archive is written here rather than by ``docker import`` because an image's architecture can
be said in it (``import`` claims the daemon's own), and the same root gives the same image id.
Source: the Docker image specification v1.2, https://github.com/moby/docker-image-spec.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from porter.model import Architecture


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image says about itself."""

    name: str
    """``repository:tag``."""
    arch: Architecture
    env: Mapping[str, str]
    labels: Mapping[str, str]
    created: str
    """ISO 8601, UTC."""


def write_archive(root: Path, config: ImageConfig, out: IO[bytes], scratch: Path) -> None:
    """Write the image of `root` to `out`; `scratch` is a folder with room for its layer."""
    layer = scratch / "layer.tar"
    document = _document(config, diff_id=write_layer(root, layer))
    name = f"{hashlib.sha256(document).hexdigest()}.json"
    manifest = [{"Config": name, "RepoTags": [config.name], "Layers": ["layer.tar"]}]
    with tarfile.open(fileobj=out, mode="w") as archive:
        _add_bytes(archive, name, document)
        _add_bytes(archive, "manifest.json", json.dumps(manifest).encode())
        archive.add(layer, arcname="layer.tar")
    layer.unlink()


def write_layer(root: Path, layer: Path) -> str:
    """Write the files of `root`, in a fixed order and owned by root; return the tar's sha256."""
    with layer.open("wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
        for path in _walk(root):
            archive.add(path, path.relative_to(root), recursive=False, filter=_owned_by_root)
    with layer.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders.sort()
        if (here := Path(folder)) != root:
            yield here
        links = (name for name in folders if (here / name).is_symlink())
        for name in sorted([*files, *links]):
            yield here / name


def _owned_by_root(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    if member.isdir():  # a folder's time is when it was unpacked
        member.mtime = 0
    return member


def _document(config: ImageConfig, *, diff_id: str) -> bytes:
    architecture, _, variant = config.arch.oci.partition("/")
    document: dict[str, Any] = {
        "architecture": architecture,
        "os": "linux",
        "created": config.created,
        "config": {
            "Env": [f"{name}={value}" for name, value in sorted(config.env.items())],
            "Cmd": ["/bin/bash"],
            "Labels": dict(sorted(config.labels.items())),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{diff_id}"]},
    }
    if variant:
        document["variant"] = variant
    return json.dumps(document, sort_keys=True).encode()


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
