from __future__ import annotations

import errno
import io
import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from porter.build import unpack as unpack_module
from porter.build.unpack import unpack
from porter.errors import StepFailed, SurroundingsError


def make_tar(path: Path, members: list[tarfile.TarInfo], data: bytes = b"") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            member.size = len(data) if member.isfile() else 0
            archive.addfile(member, io.BytesIO(data) if member.isfile() else None)
    return path


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, to
    return member


def device(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.CHRTYPE
    return member


def test_the_folder_is_what_lies_under_the_top_folder(tmp_path: Path) -> None:
    sdist = make_tar(tmp_path / "x-1.tar.gz", [tarfile.TarInfo("x-1/setup.py")], b"pass")
    unpack(sdist, tmp_path / "src")
    assert (tmp_path / "src" / "setup.py").read_bytes() == b"pass"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["src", "x-1.tar.gz"]


def test_a_zip_keeps_what_may_be_executed(tmp_path: Path) -> None:
    sdist = tmp_path / "x-1.zip"
    with zipfile.ZipFile(sdist, "w") as archive:
        member = zipfile.ZipInfo("x-1/configure")
        member.external_attr = 0o100755 << 16
        archive.writestr(member, "#!/bin/sh\n")
        archive.writestr("x-1/setup.py", "")
    unpack(sdist, tmp_path / "src")
    assert os.access(tmp_path / "src" / "configure", os.X_OK)
    assert not os.access(tmp_path / "src" / "setup.py", os.X_OK)


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../escaped"),
        tarfile.TarInfo("x-1/../../escaped"),
        tarfile.TarInfo("/escaped"),
        link("x-1/link", "/etc/passwd"),
        link("x-1/link", "../../escaped"),
        link("x-1/link", "../escaped", tarfile.LNKTYPE),
        device("x-1/null"),
    ],
    ids=lambda member: f"{member.name} {member.linkname}",
)
def test_a_tar_that_reaches_out_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    sdist = make_tar(inner / "x-1.tar.gz", [tarfile.TarInfo("x-1/setup.py"), member], b"x")
    with pytest.raises(StepFailed, match=r"x-1\.tar\.gz"):
        unpack(sdist, inner / "src")
    assert not (inner / "src").exists()
    assert not (tmp_path / "escaped").exists()
    assert not (inner / "escaped").exists()


@pytest.mark.parametrize("name", ["../escaped", "/escaped", "x-1/../../escaped", "x-1\\..\\a"])
def test_a_zip_that_reaches_out_is_refused(tmp_path: Path, name: str) -> None:
    sdist = tmp_path / "x-1.zip"
    with zipfile.ZipFile(sdist, "w") as archive:
        archive.writestr("x-1/setup.py", "")
        archive.writestr(name, "")
    with pytest.raises(StepFailed, match="reaches out"):
        unpack(sdist, tmp_path / "src")


def test_two_top_folders_are_no_sdist(tmp_path: Path) -> None:
    members = [tarfile.TarInfo("a/x"), tarfile.TarInfo("b/x")]
    with pytest.raises(StepFailed, match="one top folder"):
        unpack(make_tar(tmp_path / "x-1.tar.gz", members), tmp_path / "src")


def test_an_sdist_without_a_top_folder_is_its_own(tmp_path: Path) -> None:
    members = [tarfile.TarInfo("pyproject.toml"), tarfile.TarInfo("src/lib.rs")]
    unpack(make_tar(tmp_path / "x-1.tar.gz", members), tmp_path / "src")
    assert (tmp_path / "src" / "src" / "lib.rs").is_file()
    assert not (tmp_path / "src.unpacking").exists()


def test_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpack_module, "MAX_BYTES", 1000)
    sdist = make_tar(tmp_path / "x-1.tar.gz", [tarfile.TarInfo("x-1/zeros")], bytes(10_000))
    with pytest.raises(StepFailed, match="1000 bytes"):
        unpack(sdist, tmp_path / "src")


@pytest.mark.parametrize("data", [b"", b"nonsense", b"\x1f\x8b\x08\x00cut"])
def test_a_damaged_archive_is_named(tmp_path: Path, data: bytes) -> None:
    sdist = tmp_path / "x-1.tar.gz"
    sdist.write_bytes(data)
    with pytest.raises(StepFailed, match=r"x-1\.tar\.gz cannot be unpacked"):
        unpack(sdist, tmp_path / "src")


def test_a_damaged_stream_is_a_failure_no_other_strategy_can_help(tmp_path: Path) -> None:
    data = "\n".join(map(str, range(200_000))).encode()
    sdist = make_tar(tmp_path / "x-1.tar.gz", [tarfile.TarInfo("x-1/data")], data)
    content = bytearray(sdist.read_bytes())
    content[100_000:100_050] = b"\xff" * 50
    sdist.write_bytes(content)
    with pytest.raises(StepFailed, match="cannot be unpacked") as caught:
        unpack(sdist, tmp_path / "src")
    assert caught.value.final


def test_an_encrypted_zip_is_a_failure(tmp_path: Path) -> None:
    sdist = tmp_path / "x-1.zip"
    with zipfile.ZipFile(sdist, "w") as archive:
        archive.writestr("x-1/setup.py", "pass")
    content = bytearray(sdist.read_bytes())
    for header, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + offset] |= 1
    sdist.write_bytes(content)
    with pytest.raises(StepFailed, match="encrypted"):
        unpack(sdist, tmp_path / "src")


def test_a_full_disk_is_not_the_package_s_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(unpack_module, "_untar", full)
    with pytest.raises(SurroundingsError, match="No space left"):
        unpack(tmp_path / "x-1.tar.gz", tmp_path / "src")
