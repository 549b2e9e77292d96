from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from porter.config import Workspace, cache_folder, find_file, load
from porter.errors import UsageError


def settings(folder: Path, text: str, name: str = "porter.toml") -> Any:
    path = folder / name
    path.write_text(text)
    return load(path)


def test_settings_are_read_under_their_options_names(tmp_path: Path) -> None:
    text = "python = ['3.9', '3.11']\nexclude-newer = '2021-01-01'\ntimeout = 3\n"
    expected = {"python": ["3.9", "3.11"], "exclude-newer": "2021-01-01", "timeout": 3}
    assert settings(tmp_path, text) == expected


def test_one_value_stands_for_a_list_of_one(tmp_path: Path) -> None:
    assert settings(tmp_path, "python = '3.9'") == {"python": ["3.9"]}


def test_pyproject_has_a_table_of_its_own(tmp_path: Path) -> None:
    text = "[project]\nname = 'x'\n[tool.porter]\narch = 's390x'\n"
    assert settings(tmp_path, text, "pyproject.toml") == {"arch": "s390x"}
    assert settings(tmp_path, "[project]\n", "pyproject.toml") == {}


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ("polcy = 'x'", "unknown setting 'polcy'", "Did you mean 'policy'?"),
        ("zzz = 1", "unknown setting 'zzz'", "Known: "),
        ("arch = 3", "arch = 3 has the wrong type", None),
        ("jobs = true", "wrong type", None),
        ("timeout = 'soon'", "wrong type", None),
        ("python = [3.9]", "takes a list of strings", None),
        ("arch = ", "cannot be read", None),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str, hint: str | None) -> None:
    with pytest.raises(UsageError, match=r"porter\.toml") as caught:
        settings(tmp_path, text)
    assert words in caught.value.message
    assert (caught.value.hint or "").startswith(hint or "")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        load(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "porter.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path / "porter.toml")
    with pytest.raises(UsageError, match="porter is no table"):
        settings(tmp_path, "[tool]\nporter = 3", "pyproject.toml")


def test_porter_toml_goes_before_pyproject(tmp_path: Path) -> None:
    assert find_file(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    assert find_file(tmp_path) is None
    (tmp_path / "pyproject.toml").write_text("[tool.porter]\n")
    assert find_file(tmp_path) == tmp_path / "pyproject.toml"
    (tmp_path / "porter.toml").touch()
    assert find_file(tmp_path) == tmp_path / "porter.toml"


def test_the_cache_can_be_moved(tmp_path: Path) -> None:
    assert cache_folder({"PORTER_CACHE_DIR": str(tmp_path)}) == tmp_path
    assert cache_folder({}).name == "porter"


def test_all_of_porter_s_own_lies_below_one_folder(tmp_path: Path) -> None:
    place = Workspace(tmp_path)
    for path in (place.journal, place.artifacts, place.work, place.logs):
        assert path.is_relative_to(tmp_path / ".porter")
    assert {place.graphs.name, place.wheelhouse.name, place.recipes.name} == {
        "graphs",
        "wheelhouse",
        "recipes",
    }
