from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

import pytest

from fakes.images import Member, tar
from porter.errors import ImageError
from porter.images.streams import Chunks
from porter.images.unpack import relative_link, unpack


def unpacked(folder: Path, *members: Member | tarfile.TarInfo) -> Path:
    folder.mkdir()
    unpack(tar(members), folder, keep=lambda _: True)
    return folder


def member(name: str, kind: bytes, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, link, 0o6777
    return made


@pytest.mark.parametrize(
    ("path", "target", "link"),
    [
        ("usr/lib/x/libm.so", "/lib/x/libm.so.6", "../../../lib/x/libm.so.6"),
        ("usr/bin/cc", "gcc", "gcc"),
        ("lib", "/usr/lib", "usr/lib"),
        ("a/b", "../../../../etc/passwd", "../etc/passwd"),
        ("a/b", "/../../etc/passwd", "../etc/passwd"),
        ("a", "x/../../y", "y"),
        ("a/b", "/", ".."),
    ],
)
def test_links_stay_inside(path: str, target: str, link: str) -> None:
    assert relative_link(path, target) == link


def test_files_folders_and_links(tmp_path: Path) -> None:
    root = unpacked(
        tmp_path / "root",
        ("./bin", None),
        ("./bin/dash", b"shell"),
        ("./bin/sh", "/bin/dash"),
        member("./bin/rbash", tarfile.LNKTYPE, "./bin/dash"),
    )
    assert (root / "bin/sh").read_bytes() == b"shell"
    assert (root / "bin/rbash").stat().st_ino == (root / "bin/dash").stat().st_ino
    assert stat.S_IMODE((root / "bin/dash").stat().st_mode) == 0o755


def test_devices_pipes_and_setuid_bits_are_left_out(tmp_path: Path) -> None:
    root = unpacked(
        tmp_path / "root",
        member("dev/null", tarfile.CHRTYPE),
        member("pipe", tarfile.FIFOTYPE),
        member("su", tarfile.REGTYPE),
    )
    assert [path.name for path in root.iterdir()] == ["su"]
    assert stat.S_IMODE((root / "su").stat().st_mode) == 0o777


@pytest.mark.parametrize("name", ["../out", "/../../out", "a/../../out"])
def test_names_stay_inside(tmp_path: Path, name: str) -> None:
    root = unpacked(tmp_path / "root", (name, b""))
    assert (root / "out").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", ["/etc", "..", "."])
def test_nothing_is_written_through_a_link(tmp_path: Path, target: str) -> None:
    with pytest.raises(ImageError, match="writes through a link: x"):
        unpacked(tmp_path / "root", ("x", target), ("x/out", b""))


def test_a_hard_link_needs_a_file_of_the_same_tar(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="links a to etc/passwd"):
        unpacked(tmp_path / "root", member("a", tarfile.LNKTYPE, "/etc/passwd"))


def test_a_hard_link_to_a_symlink_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="links b to a"):
        unpacked(tmp_path / "root", ("a", "/etc"), member("b", tarfile.LNKTYPE, "a"))


def test_a_file_replaces_a_link_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"mine")
    root = unpacked(tmp_path / "root", ("a", "../other"), ("a", b"new"))
    assert (root / "a").read_bytes() == b"new"
    assert (tmp_path / "other").read_bytes() == b"mine"


def test_a_folder_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="a folder and a file named a"):
        unpacked(tmp_path / "root", ("a", None), ("a", b""))


def test_only_what_is_wanted(tmp_path: Path) -> None:
    unpack(tar([("./a", b""), ("./doc/b", b"")]), tmp_path, keep=lambda p: p == "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_damaged_tar_is_explained(tmp_path: Path) -> None:
    damaged = tar([("a", b"x" * 5000)]).getvalue()[:3000]
    with pytest.raises(ImageError, match="damaged"):
        unpack(io.BytesIO(damaged), tmp_path, keep=lambda _: True)
    with pytest.raises(ImageError, match="damaged"):
        unpack(io.BytesIO(b"no tar" * 200), tmp_path, keep=lambda _: True)


def test_chunks_read_like_a_file(tmp_path: Path) -> None:
    data = tar([("a", b"x" * 70_000)]).getvalue()
    pieces = [data[:7], b"", data[7:1000], data[1000:]]
    unpack(io.BufferedReader(Chunks(pieces)), tmp_path, keep=lambda _: True)
    assert (tmp_path / "a").stat().st_size == 70_000
