from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from porter.app.holding import held
from porter.config import Workspace


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("https://me:s3cret@host.example/simple", "https://host.example/simple"),
        ("--index-url=https://me:s3cret@host.example/", "--index-url=https://host.example/"),
        ("a @ git+https://s3cret@host.example/a@v1", "'a @ git+https://host.example/a@v1'"),
        ("https://host.example/a-1.tar.gz?key=s3cret", "https://host.example/a-1.tar.gz"),
        ("a>=1,<2", "'a>=1,<2'"),
    ],
)
def test_who_waits_learns_the_command_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, told: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["porter", "build", word])
    place = Workspace(tmp_path)
    with held(place, pytest.fail):
        holder = json.loads((place.state / "lock.json").read_bytes())
    assert holder["command"] == f"porter build {told}"
