"""A plan is used exactly as it is: flags that say otherwise are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from porter.cli.main import cli
from porter.graph import encode
from unit.graph.plans import node, plan


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "demo.json").write_bytes(encode(plan([node("demo")], [], "demo")))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(*words: str, **environ: str) -> Result:
    return CliRunner().invoke(cli, ["build", *words, "--dry-run"], env=environ)


@pytest.mark.parametrize(
    "words",
    [
        ("--python", "3.11"),
        ("--arch", "s390x"),
        ("--arch", "aarch64"),
        ("--policy", "manylinux_2_28"),
        ("--from-source", "demo"),
        ("--prefer", "ported"),
        ("--exclude-newer", "2020-01-01"),
        ("-c", "c.txt"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_flags_that_belong_to_planning(words: tuple[str, str]) -> None:
    refused = build("demo.json", *words)
    assert refused.exit_code == 2
    assert f"a plan is used exactly as it is: {words[0]} does not go with it" in refused.stderr
    assert CliRunner().invoke(cli, ["plan", "--check", "demo.json", *words]).exit_code == 2


@pytest.mark.usefixtures("folder")
def test_all_are_named_at_once() -> None:
    said = build("demo.json", "--arch", "s390x", "--python", "3.11").stderr
    assert "--python and --arch do not go with it" in said


def test_settings_and_environment_are_for_all_calls(folder: Path) -> None:
    (folder / "porter.toml").write_text('policy = "manylinux_2_28"\n')
    assert build("demo.json", PORTER_ARCH="s390x").exit_code == 0
