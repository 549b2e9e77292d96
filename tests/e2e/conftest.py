"""The whole way, as a person goes it: the `porter` command, real index, real engine, real QEMU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.command import Porter


@pytest.fixture(scope="session")
def porters(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Porter]:
    """A workspace for each name, shared by the tests of a session: builds are dear."""
    made: dict[str, Porter] = {}

    def get(name: str) -> Porter:
        if name not in made:
            made[name] = Porter(tmp_path_factory.mktemp(name))
        return made[name]

    return get


@pytest.fixture
def porter(tmp_path: Path) -> Porter:
    """A fresh workspace."""
    return Porter(tmp_path)
