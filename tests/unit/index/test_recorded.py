from __future__ import annotations

import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.utils import NormalizedName
from packaging.version import Version

from fakes.recorded import DATA, NotRecorded, RecordedIndex


def test_has_what_the_plans_need(tmp_path: Path) -> None:
    index = RecordedIndex(tmp_path)
    for name, version in (("numpy", "1.18.5"), ("wrapt", "1.12.1"), ("markupsafe", "1.1.1")):
        project = index.project(NormalizedName(name))
        assert project is not None
        files = [file for file in project.files if file.version == Version(version)]
        (source,) = (file for file in files if not file.is_wheel)
        assert index.download(source).is_file()
        assert all(file.sha256 and file.upload_time and file.size for file in files)
        assert all(index.metadata(file) for file in files if file.is_wheel)


def test_stand_ins_state_their_build_system(tmp_path: Path) -> None:
    index = RecordedIndex(tmp_path)
    project = index.project(NormalizedName("numpy"))
    assert project is not None
    (source,) = (f for f in project.files if f.filename == "numpy-1.18.5.zip")
    with zipfile.ZipFile(index.download(source)) as archive:
        table = tomllib.loads(archive.read("numpy-1.18.5/pyproject.toml").decode())
    assert any(text.startswith("Cython") for text in table["build-system"]["requires"])
    project = index.project(NormalizedName("wrapt"))
    assert project is not None
    (source,) = (f for f in project.files if f.filename == "wrapt-1.12.1.tar.gz")
    with tarfile.open(index.download(source)) as tar:
        assert "wrapt-1.12.1/setup.py" in tar.getnames()


def test_a_miss_is_an_error(tmp_path: Path) -> None:
    index = RecordedIndex(tmp_path, unknown={"numpyy"})
    assert index.project(NormalizedName("numpyy")) is None
    with pytest.raises(NotRecorded):
        index.project(NormalizedName("scipy"))


def test_is_small() -> None:
    assert sum(path.stat().st_size for path in DATA.iterdir()) < 300_000
