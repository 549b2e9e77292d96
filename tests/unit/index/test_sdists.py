from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from packaging.utils import NormalizedName

from porter.index.coremetadata import MetadataError
from porter.index.eggs import read_requires
from porter.index.sdists import sdist_metadata

FOO = NormalizedName("foo")
OLD = "Metadata-Version: 1.2\nName: foo\nVersion: 1.0\nRequires-Python: >=3.5\n"
POETRY = "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nRequires-Dist: x (>=1)\n"


def tar(folder: Path, members: dict[str, str], mode: str = "w:gz") -> Path:
    path = folder / "foo-1.0.tar.gz"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]  # the mode is a case's
        for name, text in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def test_new_metadata_is_final(tmp_path: Path) -> None:
    text = "Metadata-Version: 2.2\nName: foo\nVersion: 1.0\nRequires-Dist: x\n"
    assert sdist_metadata(tar(tmp_path, {"foo-1.0/PKG-INFO": text}), FOO) == text.encode()


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-python", "Provides-Extra"])
def test_dynamic_dependencies_are_not(tmp_path: Path, field: str) -> None:
    text = f"Metadata-Version: 2.2\nName: foo\nVersion: 1.0\nDynamic: {field}\n"
    assert sdist_metadata(tar(tmp_path, {"foo-1.0/PKG-INFO": text}), FOO) is None


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz", "w"])
@pytest.mark.parametrize("place", ["foo-1.0/foo.egg-info", "./foo-1.0/src/Foo.egg-info"])
def test_egg_info(tmp_path: Path, place: str, mode: str) -> None:
    members = {
        "foo-1.0/PKG-INFO": OLD,
        "foo-1.0/tests/data/other/bar.egg-info/requires.txt": "evil",
        f"{place}/PKG-INFO": OLD,
        f"{place}/requires.txt": "six>=1.5\n\n[test:python_version<'3']\nmock\n",
    }
    metadata = (sdist_metadata(tar(tmp_path, members, mode), FOO) or b"").decode()
    assert metadata == (
        "Metadata-Version: 2.1\nName: foo\nVersion: 1.0\nRequires-Python: >=3.5\n"
        "Provides-Extra: test\nRequires-Dist: six>=1.5\n"
        "Requires-Dist: mock ; (python_version<'3') and extra == \"test\"\n"
    )


def test_egg_info_without_requirements(tmp_path: Path) -> None:
    members = {
        "foo-1.0/foo.egg-info/PKG-INFO": OLD,
        "foo-1.0/foo.egg-info/SOURCES.txt": "setup.py\nfoo.egg-info/PKG-INFO\n",
    }
    metadata = sdist_metadata(tar(tmp_path, members), FOO) or b""
    assert b"Requires-Dist" not in metadata
    assert b"Name: foo" in metadata


def test_egg_info_that_lost_its_requirements(tmp_path: Path) -> None:
    members = {
        "foo-1.0/foo.egg-info/PKG-INFO": OLD,
        "foo-1.0/foo.egg-info/SOURCES.txt": "setup.py\nfoo.egg-info/requires.txt\n",
    }
    assert sdist_metadata(tar(tmp_path, members), FOO) is None


@pytest.mark.parametrize(
    ("backend", "final"),
    [
        ('build-backend = "poetry.masonry.api"', True),
        ('build-backend = "setuptools.build_meta"', False),
        ('build-backend = "own"\nbackend-path = ["."]', False),
        ("", False),
    ],
)
def test_other_backends_write_what_they_mean(tmp_path: Path, backend: str, *, final: bool) -> None:
    members = {
        "foo-1.0/PKG-INFO": POETRY,
        "foo-1.0/pyproject.toml": f"[build-system]\nrequires = []\n{backend}\n",
    }
    assert sdist_metadata(tar(tmp_path, members), FOO) == (POETRY.encode() if final else None)


@pytest.mark.parametrize("text", ["not toml [", "build-system = 3", "[build-system]\nx = 1"])
def test_a_pyproject_of_another_kind(tmp_path: Path, text: str) -> None:
    members = {"foo-1.0/PKG-INFO": POETRY, "foo-1.0/pyproject.toml": text}
    assert sdist_metadata(tar(tmp_path, members), FOO) is None


def test_nothing_known(tmp_path: Path) -> None:
    assert sdist_metadata(tar(tmp_path, {"foo-1.0/PKG-INFO": OLD}), FOO) is None
    assert sdist_metadata(tar(tmp_path, {"foo-1.0/setup.py": ""}), FOO) is None


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bxx", b"BZhxx", b"\xfd7zXZ\0x", b"x" * 2000])
@pytest.mark.parametrize("name", ["foo-1.0.tar.gz", "foo-1.0.zip"])
def test_broken_archives(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MetadataError):
        sdist_metadata(path, FOO)


def test_truncated_archive(tmp_path: Path) -> None:
    path = tar(tmp_path, {"foo-1.0/a": "x", "foo-1.0/foo.egg-info/PKG-INFO": OLD})
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(MetadataError):
        sdist_metadata(path, FOO)


def test_bombs(tmp_path: Path) -> None:
    path = tar(tmp_path, {"foo-1.0/a": "\0" * (70 << 20), "foo-1.0/PKG-INFO": OLD})
    with pytest.raises(MetadataError, match="unpacks to more"):
        sdist_metadata(path, FOO)
    archive = tmp_path / "foo-1.0.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("foo-1.0/PKG-INFO", "\0" * (17 << 20))
    with pytest.raises(MetadataError, match="longer than"):
        sdist_metadata(archive, FOO)


def test_links_in_archives_are_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "foo-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("foo-1.0/PKG-INFO")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(info)
    assert sdist_metadata(path, FOO) is None


@pytest.mark.parametrize(
    ("text", "requires", "extras"),
    [
        ("a\nb>1\n", ["a", "b>1"], []),
        ("[:python_version<'3']\nenum34", ["enum34 ; python_version<'3'"], []),
        ("[x]\na", ['a ; extra == "x"'], ["x"]),
        (
            "[x:os_name=='nt' or 1]\na; b",
            ["a ; (b) and (os_name=='nt' or 1) and extra == \"x\""],
            ["x"],
        ),
        ("[x]\na @ https://h/a;b ; c", ['a @ https://h/a;b ; (c) and extra == "x"'], ["x"]),
        ("a ; (b) or (c)", ["a ; (b) or (c)"], []),
        ("[x]\n\n# c\n[y]\n", [], ["x", "y"]),
    ],
)
def test_requires_txt(text: str, requires: list[str], extras: list[str]) -> None:
    assert read_requires(text) == (requires, extras)
