from __future__ import annotations

import contextlib
import errno
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.wheels import make_wheel
from porter.errors import SurroundingsError, UsageError
from porter.wheelhouse import Wheelhouse

NAME = "demo-1.0-cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64.whl"
REVERSED = "demo-1.0-cp39-cp39-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"


@pytest.fixture
def house(tmp_path: Path) -> Wheelhouse:
    return Wheelhouse(tmp_path / "wheelhouse")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_published_wheel_is_there_whole(house: Wheelhouse, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, NAME, {"a.py": "1"})
    published = house.publish(wheel, {"strategy": "cross"})
    assert published == house.folder / NAME == house.find(NAME)
    assert house.check(NAME, sha256(wheel))
    assert not house.check(NAME, "0" * 64)
    assert published.stat().st_mode & 0o777 == 0o644
    assert house.files() == (published,)
    noted = {"strategy": "cross", "sha256": sha256(wheel), "size": wheel.stat().st_size}
    assert house.provenance(NAME) == noted


def test_it_is_replaced_by_a_newer_one(house: Wheelhouse, tmp_path: Path) -> None:
    house.publish(make_wheel(tmp_path / "a", NAME, {"a.py": "1"}))
    newer = make_wheel(tmp_path / "b", NAME, {"a.py": "2"})
    house.publish(newer)
    assert house.check(NAME, sha256(newer))


def test_the_same_content_is_not_written_again(house: Wheelhouse, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, NAME, {"a.py": "1"})
    before = house.publish(wheel, {"strategy": "cross"}).stat()
    assert house.publish(wheel).stat().st_ino == before.st_ino
    assert (house.provenance(NAME) or {})["strategy"] == "cross"


def test_the_same_content_of_another_build_is_noted(house: Wheelhouse, tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, NAME, {"a.py": "1"})
    house.publish(wheel, {"strategy": "cross"})
    house.publish(wheel, {"strategy": "emulated"})
    assert (house.provenance(NAME) or {})["strategy"] == "emulated"


@pytest.mark.parametrize("survived", range(5))
def test_a_kill_leaves_one_wheel_and_the_next_run_mends_it(
    house: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    house.publish(make_wheel(tmp_path, REVERSED, {"a.py": "1"}), {"strategy": "cross"})
    newer = make_wheel(tmp_path, NAME, {"a.py": "2"})
    with monkeypatch.context() as patched, contextlib.suppress(Killed):
        kill_after(survived, patched)
        house.publish(newer, {"strategy": "emulated"})
    assert len(house.files()) == 1
    published = house.publish(newer, {"strategy": "emulated"})
    assert house.files() == (published,)
    assert house.check(NAME, sha256(newer))
    assert (house.provenance(NAME) or {})["strategy"] == "emulated"
    assert house.provenance(REVERSED) is None


class Killed(BaseException):
    """As by SIGKILL: nothing is tidied up."""


def kill_after(survived: int, patched: pytest.MonkeyPatch) -> None:
    """Let so many changes to the folder happen, and no more."""
    left = iter(range(survived))

    def at_most(change: Callable[..., Any]) -> Callable[..., Any]:
        def changed(*args: Any, **more: Any) -> Any:
            if next(left, None) is None:
                raise Killed
            return change(*args, **more)

        return changed

    for name in ("unlink", "replace"):
        patched.setattr(Path, name, at_most(getattr(Path, name)))


def test_the_order_of_tags_makes_no_other_wheel(house: Wheelhouse, tmp_path: Path) -> None:
    house.publish(make_wheel(tmp_path, REVERSED, {"a.py": "1"}))
    published = house.publish(make_wheel(tmp_path, NAME, {"a.py": "2"}))
    assert house.files() == (published,)
    assert house.find(REVERSED) == published
    assert house.provenance(REVERSED) is None


def test_wheels_for_other_interpreters_stay(house: Wheelhouse, tmp_path: Path) -> None:
    other = NAME.replace("cp39", "cp311")
    house.publish(make_wheel(tmp_path, other, {}))
    house.publish(make_wheel(tmp_path, NAME, {}))
    assert {path.name for path in house.files()} == {NAME, other}


def test_an_empty_one_has_nothing(house: Wheelhouse) -> None:
    assert house.files() == ()
    assert house.find(NAME) is None
    assert house.provenance(NAME) is None


def test_files_of_other_names_are_left_alone(house: Wheelhouse, tmp_path: Path) -> None:
    house.publish(make_wheel(tmp_path, NAME, {}))
    (house.folder / "notes.whl").touch()
    assert [path.name for path in house.files()] == [NAME]


@pytest.mark.parametrize("name", ["notes.whl", "../demo.whl", "demo-1.0.tar.gz"])
def test_only_wheels_go_in(house: Wheelhouse, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a wheel"):
        house.publish(tmp_path / name)


def test_a_full_disk_leaves_nothing_behind(
    house: Wheelhouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    wheel = make_wheel(tmp_path, NAME, {})
    monkeypatch.setattr("porter.wheelhouse.durable.shutil.copyfileobj", full)
    with pytest.raises(SurroundingsError, match="No space left"):
        house.publish(wheel)
    assert [path.name for path in house.folder.iterdir()] == [".provenance"]
