from __future__ import annotations

import subprocess
import sys

import pytest

from porter import app, graph


@pytest.mark.parametrize("name", app.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(app, name).__name__ == name


def test_every_name_has_one_home() -> None:
    assert sorted(name for names in app._HOMES.values() for name in names) == sorted(app.__all__)


@pytest.mark.parametrize("module", [app, graph])
def test_other_names_are_missing(module: object) -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing  # type: ignore[attr-defined]  # that is the point


def test_a_plan_imports_nothing_heavy() -> None:
    heavy = {"docker", "doit", "httpx", "networkx", "pypi_simple", "rich"}
    script = "import sys; from porter import app; app.plan; app.Selection; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not heavy & set(done.stdout.split())
