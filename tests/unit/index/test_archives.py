"""Source archives, those made to do harm first of all."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from porter.index import archives
from porter.index.archives import files_in
from porter.index.coremetadata import MetadataError


def listed(archive: Path) -> dict[str, bytes]:
    return {member.name: member.read(100) for member in files_in(archive)}


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is a case's
        for info, data in members:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def info(name: str, **fields: object) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def zipped(path: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("a-1/setup.py", "hello world" * 100)
        archive.writestr("a-1/folder/", "")
    return path


def changed(path: Path, places: Mapping[tuple[bytes, int], int]) -> Path:
    """The zip with bytes changed, each at a distance from a signature."""
    data = bytearray(path.read_bytes())
    for (signature, distance), value in places.items():
        data[data.find(signature) + distance] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_the_files_of_a_tar(tmp_path: Path, mode: str) -> None:
    archive = tar(
        tmp_path / "a",
        (info("a-1", type=tarfile.DIRTYPE), b""),
        (info(f"a-1/{'n' * 300}"), b"x" * 200),
        (info("a-1/link", type=tarfile.SYMTYPE, linkname="/etc/hostname"), b""),
        (info("a-1/empty"), b""),
        (info("a-1/last"), b"last"),
        mode=mode,
    )
    assert listed(archive) == {
        f"a-1/{'n' * 300}": b"x" * 100,
        "a-1/empty": b"",
        "a-1/last": b"last",
    }
    assert [member.size for member in files_in(archive)] == [200, 0, 4]


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_the_files_of_a_zip(tmp_path: Path, compression: int) -> None:
    archive = zipped(tmp_path / "a.zip", compression)
    assert listed(archive) == {"a-1/setup.py": (b"hello world" * 100)[:100]}
    [member] = files_in(archive)
    assert member.size == 1100


@pytest.mark.parametrize("time", ["inf", "nan", "1e30", "-1e30"])
def test_a_time_that_cannot_be_is_none(tmp_path: Path, time: str) -> None:
    archive = tar(tmp_path / "a", (info("a", pax_headers={"mtime": time}), b""))
    assert [member.modified for member in files_in(archive)] == [None]


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_headers_have_a_bound(tmp_path: Path, kind: bytes) -> None:
    archive = tar(tmp_path / "a", (info("long", type=kind), bytes(2 << 20)), (info("a"), b""))
    with pytest.raises(MetadataError, match="headers are longer than"):
        listed(archive)


def test_headers_of_headers_have_one_too(tmp_path: Path) -> None:
    names = [(info("long", type=tarfile.GNUTYPE_LONGNAME), bytes(600 << 10)) for _ in range(2)]
    with pytest.raises(MetadataError, match="headers are longer than"):
        listed(tar(tmp_path / "a", *names, (info("a"), b"")))
    with pytest.raises(MetadataError):
        listed(tar(tmp_path / "a", *[(info("l", type=tarfile.GNUTYPE_LONGNAME), b"")] * 1500))


def test_many_small_headers_are_no_long_ones(tmp_path: Path) -> None:
    name = "n" * 300
    archive = tar(tmp_path / "a", *((info(f"{name}{n}"), b"") for n in range(800)))
    assert len(listed(archive)) == 800


def test_what_a_tar_unpacks_to_has_a_bound(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a", (info("zeros"), bytes(70 << 20)), (info("a"), b""))
    with pytest.raises(MetadataError, match="unpacks to more"):
        listed(archive)


def test_a_member_of_a_size_below_nothing(tmp_path: Path) -> None:
    header = bytearray(info("a").tobuf(tarfile.GNU_FORMAT))
    header[124:136] = b"\xff" * 10 + b"\xf0\x00"  # base 256: -4096
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    (tmp_path / "a").write_bytes(header + bytes(1024))
    with pytest.raises(MetadataError):
        listed(tmp_path / "a")


def test_the_members_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    folders = [(info(f"{n}", type=tarfile.DIRTYPE), b"") for n in range(3)]
    with pytest.raises(MetadataError, match="more than 2 members"):
        listed(tar(tmp_path / "a", *folders))


@pytest.mark.parametrize(
    ("compression", "places"),
    [
        (zipfile.ZIP_DEFLATED, {(b"PK\3\4", 6): 1, (b"PK\1\2", 8): 1}),
        (zipfile.ZIP_DEFLATED, {(b"PK\3\4", 8): 97, (b"PK\1\2", 10): 97}),
        (zipfile.ZIP_DEFLATED, {(b"setup.py", 8): 0xFF}),
        (zipfile.ZIP_LZMA, {(b"setup.py", 12): 0xFF}),
        (zipfile.ZIP_BZIP2, {(b"setup.py", 8): 0xFF}),
        (zipfile.ZIP_STORED, {(b"PK\3\4", 0): 0}),
    ],
    ids=["encrypted", "method", "deflate", "lzma", "bzip2", "header"],
)
def test_zips_that_zipfile_cannot_read(
    tmp_path: Path, compression: int, places: Mapping[tuple[bytes, int], int]
) -> None:
    with pytest.raises(MetadataError, match="cannot be unpacked"):
        listed(changed(zipped(tmp_path / "a.zip", compression), places))
