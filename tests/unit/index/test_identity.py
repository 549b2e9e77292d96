import io
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from porter.index.coremetadata import MetadataError
from porter.index.identity import Identity, identity_of, newest_member
from porter.index.projects import stated_metadata, table_of
from porter.index.sdists import sdist_metadata

STATIC = "[project]\nname = 'My_Demo'\nversion = '1.5'\n"
DEMO = Identity(NormalizedName("my-demo"), Version("1.5"))


def tar(folder: Path, files: dict[str, str], mtime: int = 0) -> Path:
    path = folder / "x.tar"
    with tarfile.open(path, "w") as archive:
        for name, text in files.items():
            info = tarfile.TarInfo(f"top/{name}")
            info.size, info.mtime = len(text.encode()), mtime
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"PKG-INFO": "Name: My_Demo\nVersion: 1.5\n", "pyproject.toml": "[project]"}, DEMO),
        ({"pyproject.toml": STATIC}, DEMO),
        ({"pyproject.toml": "[project]\nname = 'My_Demo'\n"}, Identity(DEMO.name)),
        (
            {"pyproject.toml": "[project]\nname = 'a'\nversion = 'x y'\n"},
            Identity(NormalizedName("a")),
        ),
        ({"pyproject.toml": "project = 3\n"}, Identity()),
        ({"pyproject.toml": "broken ["}, Identity()),
        ({"setup.py": ""}, Identity()),
    ],
)
def test_what_a_source_says_it_is(
    tmp_path: Path, files: dict[str, str], expected: Identity
) -> None:
    assert identity_of(tar(tmp_path, files)) == expected


def test_no_archive(tmp_path: Path) -> None:
    (tmp_path / "x.tar").write_bytes(b"<html>" * 100)
    for read in (identity_of, newest_member):
        with pytest.raises(MetadataError):
            read(tmp_path / "x.tar")


def test_the_newest_file_gives_the_day(tmp_path: Path) -> None:
    assert newest_member(tar(tmp_path, {"a": ""}, 1_600_000_000)) == datetime(
        2020, 9, 13, 12, 26, 40, tzinfo=UTC
    )
    assert newest_member(tar(tmp_path, {"a": ""}, 0)) is None
    assert newest_member(tar(tmp_path, {"a": ""}, 1 << 34)) is None
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("top/a", (2020, 1, 2, 3, 4, 6)), "")
    assert newest_member(tmp_path / "x.zip") == datetime(2020, 1, 2, 3, 4, 6, tzinfo=UTC)


def test_a_project_table_that_leaves_nothing_open_is_metadata() -> None:
    text = f"""{STATIC}
requires-python = ">=3.8"
dependencies = ["six>=1", "a @ https://x.example/a.zip ; os_name == 'posix'"]
[project.optional-dependencies]
fast = ["numpy ; python_version < '3.9' or os_name == 'nt'", "wrapt"]
"""
    assert (stated_metadata(text.encode()) or b"").decode().splitlines()[1:] == [
        "Name: My_Demo",
        "Version: 1.5",
        "Requires-Python: >=3.8",
        "Requires-Dist: six>=1",
        "Requires-Dist: a @ https://x.example/a.zip ; os_name == 'posix'",
        "Provides-Extra: fast",
        'Requires-Dist: numpy ; (python_version < "3.9" or os_name == "nt") and extra == "fast"',
        'Requires-Dist: wrapt ; extra == "fast"',
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\nname = 'a'\n",
        f"{STATIC}dynamic = ['dependencies']\n",
        f"{STATIC}dynamic = 'dependencies'\n",
        f"{STATIC}dependencies = 'six'\n",
        f"{STATIC}optional-dependencies = ['six']\n",
        f"{STATIC}optional-dependencies.x = ['s i x']\n",
        f'{STATIC}dependencies = ["six\\nName: other"]\n',
    ],
)
def test_any_other_is_not(text: str) -> None:
    assert stated_metadata(text.encode()) is None


def test_a_table_counts_where_there_is_no_pkg_info(tmp_path: Path) -> None:
    name = NormalizedName("my-demo")
    alone = sdist_metadata(tar(tmp_path, {"pyproject.toml": STATIC}), name)
    assert b"Version: 1.5" in (alone or b"")
    files = {"pyproject.toml": STATIC, "PKG-INFO": "Metadata-Version: 1.2\nName: my-demo\n"}
    assert sdist_metadata(tar(tmp_path, files), name) is None


@pytest.mark.parametrize("pyproject", [b"a = " + b"[" * 100_000, b"a = " + b"1" * 5000])
def test_a_table_made_to_overwhelm_its_reader_is_none(pyproject: bytes) -> None:
    assert table_of(pyproject, "project") == {}
