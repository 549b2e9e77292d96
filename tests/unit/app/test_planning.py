"""Plans as files: the plan itself, and its target as a lock file."""

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import pytest

from fakes.index import FakeFile, FakeIndex, sdist
from porter.app import Selection, plan, planning
from unit.resolve.cases import TOOLS, pure

FILES: Mapping[str, Sequence[FakeFile]] = {
    **TOOLS,
    "a": [sdist("a-1.tar.gz", requires=["b"])],
    "b": [pure("b", "1")],
    "renamed": [sdist("renamed-1.tar.gz", requires=[])],
    "c": [pure("c", "0.1")],
}


@pytest.fixture(autouse=True)
def _index(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "indexes", lambda *_: FakeIndex(FILES, tampered=["a.tar.gz"]))
    monkeypatch.setattr(planning, "closing", nullcontext)


def planned(folder: Path, name: str, **further: Path | bool) -> planning.Planned:
    selection = Selection(requirements=(name,), pythons=("3.9",))
    return plan(selection, workspace=folder, notice=lambda _: None, **further)  # type: ignore[arg-type]


def test_a_plan_goes_to_graphs_or_where_it_is_wanted(tmp_path: Path) -> None:
    assert planned(tmp_path, "a").path == tmp_path / "graphs/a.json"
    wanted = tmp_path / "mine.json"
    found = planned(tmp_path, "a", output=wanted)
    assert wanted.read_bytes() == found.encoded
    assert found.lock is None


def test_a_lock_file_goes_beside_the_plan(tmp_path: Path) -> None:
    found = planned(tmp_path, "a", output=tmp_path / "pylock.toml")
    assert found.path == tmp_path / "graphs/a.json"
    lock = tomllib.loads((tmp_path / "pylock.toml").read_text())
    assert [package["name"] for package in lock["packages"]] == ["a", "b"]


def test_a_lock_can_be_had_without_a_file(tmp_path: Path) -> None:
    assert planned(tmp_path, "b", lock=True).lock is not None
    assert not list(tmp_path.glob("*.toml"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('{ sdist = "renamed" }', "https://index.example/files/renamed-1.tar.gz"),
        (
            f'{{ url = "https://host.example/a.tar.gz", sha256 = "{"0" * 64}" }}',
            "https://host.example/a.tar.gz",
        ),
    ],
)
def test_a_recipes_source_has_its_address(tmp_path: Path, source: str, expected: str) -> None:
    (tmp_path / "recipes").mkdir()
    text = f'reason = "a test"\n[[release]]\nsource = {source}\n'
    (tmp_path / "recipes/a.toml").write_text(text)
    lock = tomllib.loads((planned(tmp_path, "a", lock=True).lock or b"").decode())
    assert lock["packages"][0]["archive"]["url"] == expected
