from __future__ import annotations

from pathlib import Path

import pytest

from porter.index.digest import sha256_of
from porter.run.artifacts import Artifacts


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "made" / "x-1-py3-none-any.whl"
    path.parent.mkdir()
    path.write_bytes(b"a wheel")
    return path


def test_what_was_added_is_found(tmp_path: Path, wheel: Path) -> None:
    artifacts = Artifacts(tmp_path / "artifacts")
    kept, sha256 = artifacts.add("sha256:k", wheel)
    assert sha256 == sha256_of(wheel)
    assert artifacts.find("sha256:k", filename=wheel.name, sha256=sha256) == kept
    assert wheel.exists()


def test_a_damaged_artifact_is_not_found(tmp_path: Path, wheel: Path) -> None:
    artifacts = Artifacts(tmp_path / "artifacts")
    kept, sha256 = artifacts.add("sha256:k", wheel)
    kept.write_bytes(b"A wheel")
    assert artifacts.find("sha256:k", filename=wheel.name, sha256=sha256) is None


def test_a_second_wheel_of_a_key_takes_the_place_of_the_first(tmp_path: Path, wheel: Path) -> None:
    artifacts = Artifacts(tmp_path / "artifacts")
    first, _ = artifacts.add("sha256:k", wheel)
    other = wheel.with_name("x-1-py2.py3-none-any.whl")
    other.write_bytes(b"another")
    kept, sha256 = artifacts.add("sha256:k", other)
    assert not first.exists()
    assert artifacts.find("sha256:k", filename=other.name, sha256=sha256) == kept


def test_nothing_half_done_lies_under_a_key(tmp_path: Path, wheel: Path) -> None:
    artifacts = Artifacts(tmp_path / "artifacts")
    artifacts.add("sha256:k", wheel)
    assert [path.name for path in (tmp_path / "artifacts").iterdir()] == ["k"]
