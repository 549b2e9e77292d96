"""`porter plan --check`, over an index in memory."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from fakes.index import FakeFile, FakeIndex, sdist
from porter.app import Currency, Selection, check, checking, plan, planning
from unit.resolve.cases import TOOLS, native, pure

Files = Mapping[str, Sequence[FakeFile]]
Serve = Callable[[Files], None]

FILES: Files = {
    **TOOLS,
    "a": [sdist("a-1.tar.gz", requires=["b"])],
    "b": [pure("b", "1")],
}


class Closing(FakeIndex):
    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    def serve(files: Files) -> None:
        for module in (planning, checking):
            monkeypatch.setattr(module, "indexes", lambda *_: Closing(files))

    return serve


def made(folder: Path, *asked: str, **further: object) -> Path:
    selection = Selection(requirements=asked, pythons=("3.9",), **further)  # type: ignore[arg-type]
    return plan(selection, workspace=folder, notice=lambda _: None).path


def checked(path: Path) -> Currency:
    return check(path, Selection(), workspace=path.parent, notice=lambda _: None)


def test_nothing_has_changed(tmp_path: Path, serve: Serve) -> None:
    serve(FILES)
    found = checked(made(tmp_path, "a"))
    assert found.is_current


def test_a_newer_version_came_out(tmp_path: Path, serve: Serve) -> None:
    serve(FILES)
    path = made(tmp_path, "a")
    serve({**FILES, "b": [pure("b", "1"), pure("b", "2")]})
    found = checked(path)
    assert not found.is_current
    assert found.differences == ("b==1@cp39 is no longer needed", "b==2@cp39 is new")
    assert found.unserved == ()


def test_how_to_choose_stands_in_the_file(tmp_path: Path, serve: Serve) -> None:
    files = {**FILES, "c": [native("c", "1"), sdist("c-2.tar.gz", requires=[])]}
    serve(files)
    assert checked(made(tmp_path, "c", prefer="ported", from_source=("B",))).is_current


def test_a_file_is_served_no_more(tmp_path: Path, serve: Serve) -> None:
    serve(FILES)
    path = made(tmp_path, "a")
    serve({**FILES, "b": []})
    found = checked(path)
    assert found.differences[0].startswith("it cannot be planned any more: b has no files")
    assert found.unserved == ("b==1@cp39: no index serves b-1-py3-none-any.whl any more",)
