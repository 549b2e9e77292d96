from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from porter.images.archive import ImageConfig, write_archive
from porter.model import ARCHITECTURES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin/dash").write_bytes(b"shell")
    (root / "bin/sh").symlink_to("dash")
    (root / "sbin").symlink_to("bin")
    return root


def config(arch: str = "aarch64") -> ImageConfig:
    return ImageConfig(
        name="localhost/porter/x:1",
        arch=ARCHITECTURES[arch],
        env={"PATH": "/bin", "A": ""},
        labels={"porter.image": "1"},
        created="2026-01-02T03:04:05+00:00",
    )


def written(root: Path, scratch: Path, arch: str = "aarch64") -> dict[str, bytes]:
    out = io.BytesIO()
    scratch.mkdir(exist_ok=True)
    write_archive(root, config(arch), out, scratch)
    out.seek(0)
    with tarfile.open(fileobj=out) as archive:
        files = {m.name: archive.extractfile(m) for m in archive}
        return {name: stream.read() for name, stream in files.items() if stream}


def document(files: dict[str, bytes]) -> dict[str, Any]:
    (manifest,) = json.loads(files["manifest.json"])
    assert manifest["RepoTags"] == ["localhost/porter/x:1"]
    read: dict[str, Any] = json.loads(files[manifest["Config"]])
    return read


def test_an_image_says_what_it_is(root: Path, tmp_path: Path) -> None:
    files = written(root, tmp_path / "s")
    said = document(files)
    assert (said["os"], said["architecture"]) == ("linux", "arm64")
    assert said["config"]["Env"] == ["A=", "PATH=/bin"]
    assert said["config"]["Labels"] == {"porter.image": "1"}
    layer = hashlib.sha256(files["layer.tar"]).hexdigest()
    assert said["rootfs"]["diff_ids"] == [f"sha256:{layer}"]


def test_a_variant_stands_apart(root: Path, tmp_path: Path) -> None:
    said = document(written(root, tmp_path / "s", "armv7l"))
    assert (said["architecture"], said["variant"]) == ("arm", "v7")


def test_the_layer_holds_everything_owned_by_root(root: Path, tmp_path: Path) -> None:
    layer = written(root, tmp_path / "s")["layer.tar"]
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        members = archive.getmembers()
    assert [m.name for m in members] == ["sbin", "bin", "bin/dash", "bin/sh"]
    assert members[0].issym()
    assert members[3].linkname == "dash"
    assert {(m.uid, m.gid, m.uname) for m in members} == {(0, 0, "root")}


def test_the_same_root_is_the_same_image(root: Path, tmp_path: Path) -> None:
    assert written(root, tmp_path / "a") == written(root, tmp_path / "b")
    assert list((tmp_path / "a").iterdir()) == []
