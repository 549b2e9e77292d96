import io
import tarfile
import zipfile
from pathlib import Path
from typing import Literal

import pytest

from porter.resolve.source import DEFAULT_REQUIRES, BuildSystem, SourceError, read_build_system

TABLE = "[build-system]\nrequires = ['a']\nbuild-backend = 'b'\nbackend-path = ['.']\n"

_MODES: dict[str, Literal["w:gz", "w:bz2", "w:xz"]] = {
    ".tar.gz": "w:gz",
    ".tar.bz2": "w:bz2",
    ".tar.xz": "w:xz",
}


def make(
    folder: Path, text: str | bytes | None, *, ending: str = ".tar.gz", at: str = "a-1/"
) -> Path:
    path = folder / f"a-1{ending}"
    data = text.encode() if isinstance(text, str) else text
    members = {"a-1/setup.py": b"", "a-1/tests/pyproject.toml": b"broken ["}
    if data is not None:
        members[f"{at}pyproject.toml"] = data
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, _MODES[ending]) as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("ending", [".tar.gz", ".tar.bz2", ".tar.xz", ".zip"])
def test_the_table(tmp_path: Path, ending: str) -> None:
    found = read_build_system(make(tmp_path, TABLE, ending=ending))
    assert found == BuildSystem(("a",), "b", (".",))
    assert not found.is_setuptools


def test_a_leading_dot(tmp_path: Path) -> None:
    assert read_build_system(make(tmp_path, TABLE, at="./a-1/")).requires == ("a",)


@pytest.mark.parametrize("text", [None, "[tool.x]\ny = 1\n"])
def test_the_defaults(tmp_path: Path, text: str | None) -> None:
    found = read_build_system(make(tmp_path, text))
    assert found.requires == DEFAULT_REQUIRES
    assert found.is_setuptools


@pytest.mark.parametrize(
    "text",
    [
        "[build-system]\n",
        "[build-system]\nrequires = 'a'\n",
        "[build-system]\nrequires = [1]\n",
        "[build-system]\nrequires = []\nbuild-backend = 1\n",
        "[build-system]\nrequires = []\nbackend-path = 'x'\n",
        "build-system = 3\n",
        "broken [",
        b"\xff\xfe",
    ],
)
def test_a_table_that_cannot_be_read(tmp_path: Path, text: str | bytes) -> None:
    with pytest.raises(SourceError, match=r"a-1\.tar\.gz"):
        read_build_system(make(tmp_path, text))


@pytest.mark.parametrize("name", ["setup.py", "setup.cfg"])
def test_a_source_that_speaks_of_setup_requires(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a-1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"a-1/{name}", "setup_requires = numpy")
        archive.writestr("a-1/deep/setup.py", "")
    assert read_build_system(path) == BuildSystem(has_setup_requires=True)


@pytest.mark.parametrize("ending", [".tar.gz", ".zip"])
def test_a_huge_table(tmp_path: Path, ending: str) -> None:
    with pytest.raises(SourceError, match="more than"):
        read_build_system(make(tmp_path, b"#" * 5_000_000, ending=ending))


@pytest.mark.parametrize("ending", [".tar.gz", ".zip"])
def test_no_archive(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a-1{ending}"
    path.write_bytes(b"nonsense")
    with pytest.raises(SourceError, match="cannot be read"):
        read_build_system(path)


def test_a_cut_off_archive(tmp_path: Path) -> None:
    path = make(tmp_path, None)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match="cannot be read"):
        read_build_system(path)


def test_a_link_in_the_place_of_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a-1.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo("a-1/pyproject.toml")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    assert read_build_system(path) == BuildSystem()


def test_an_sdist_may_lack_the_top_folder(tmp_path: Path) -> None:
    assert read_build_system(make(tmp_path, TABLE, at="")) == BuildSystem(("a",), "b", (".",))
