from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from porter.cli.main import cli
from porter.errors import UsageError


def porter(workspace: Path, *words: str) -> str:
    ran = CliRunner().invoke(cli, ["recipe", *words, "--workspace", str(workspace)])
    if ran.exit_code == UsageError.exit_code:
        raise UsageError(ran.output)
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_the_workspaces_recipe_hides_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    text = 'reason = "mine"\ntested = ["1.18.5 cp39 manylinux2014_aarch64"]\n'
    (tmp_path / "recipes" / "numpy.toml").write_text(text)
    listed = {
        entry["name"]: entry for entry in json.loads(porter(tmp_path, "list", "--format", "json"))
    }
    assert (listed["numpy"]["origin"], listed["numpy"]["reason"]) == ("workspace", "mine")
    assert listed["tensorflow"]["origin"] == "shipped"
    assert "tested: 1.18.5 cp39 manylinux2014_aarch64" in porter(tmp_path, "list")
    assert porter(tmp_path, "show", "NumPy") == text


def test_what_a_recipe_says_of_a_version(tmp_path: Path) -> None:
    shown = porter(tmp_path, "show", "numpy", "1.18.5")
    assert '  build-requires = {"cap": {"setuptools": "<49.2"}}' in shown
    data = json.loads(porter(tmp_path, "show", "numpy", "1.18.5", "--format", "json"))
    assert data["rules"]["versions"] == "<1.20"
    assert "taken as 1.15.5" in porter(tmp_path, "show", "tensorflow", "1.5.15")
    with pytest.raises(UsageError, match="'x' is not a version"):
        porter(tmp_path, "show", "numpy", "x")


def test_a_recipe_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="hint: Begin one: porter recipe new nobody"):
        porter(tmp_path, "show", "Nobody")


def test_a_new_recipe_is_valid_and_never_overwrites(tmp_path: Path) -> None:
    assert porter(tmp_path, "new", "My.Package") == "recipes/my-package.toml\n"
    path = tmp_path / "recipes" / "my-package.toml"
    assert porter(tmp_path, "check", str(path)) == f"{path}: all right\n"
    with pytest.raises(UsageError, match="is there already"):
        porter(tmp_path, "new", "my_package")


def test_a_new_recipe_keeps_what_the_shipped_one_knows(tmp_path: Path) -> None:
    porter(tmp_path, "new", "wrapt")
    folder = tmp_path / "recipes"
    assert (folder / "wrapt" / "formatargspec.patch").is_file()
    assert porter(tmp_path, "check", str(folder / "wrapt.toml"))


def test_a_wrong_recipe_gives_file_line_and_key(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('reason = "x"\n[[release]]\nsystm = {}\n')
    with pytest.raises(UsageError, match=r"a\.toml, line 3: release\.systm: unknown key"):
        porter(tmp_path, "check", str(path))


@pytest.mark.parametrize("name", ["../x", "a b", ""])
def test_a_name_that_is_none(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a project"):
        porter(tmp_path, "new", name)


def test_what_is_not_acted_upon_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    source = f'git = "https://host.example/a.git", commit = "{"0" * 40}"'
    path.write_text(
        'reason = "x"\n[[release]]\nmemory = 9\nsystem.apk = ["xy"]\n'
        f"[[release]]\nsource = {{ {source} }}\n"
    )
    said = porter(tmp_path, "check", str(path))
    assert said.endswith("not acted upon: system.apk\n")
