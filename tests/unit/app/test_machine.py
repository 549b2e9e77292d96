from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import pytest

from porter.app.machine import cores, images_of, usable_memory
from porter.engine import LocalEngine, cgroup
from porter.engine.isolation import Launcher
from porter.model import Interpreter, Platform


class NoLauncher:
    name = "none"


def test_an_engine_that_was_stopped_makes_no_images_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTER_CACHE_DIR", str(tmp_path))
    engine = LocalEngine(cast("Launcher", NoLauncher()), runtime=tmp_path, notice=pytest.fail)
    engine.stop()
    images = images_of(engine, lambda _: None)
    with pytest.raises(KeyboardInterrupt):
        images.bootstrap(Platform.parse("aarch64", "manylinux2014"), Interpreter(3, 9))
    assert [path.name for path in (tmp_path / "roots").iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("limit", "expected"), [(None, 4), (0.5, 1), (2.0, 2), (2.5, 3), (64.0, 4)]
)
def test_a_container_s_share_of_the_cores(
    monkeypatch: pytest.MonkeyPatch, limit: float | None, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setattr(cgroup, "bounds", lambda **_: cgroup.Bounds(limit, None))
    assert cores() == expected


def test_a_container_s_share_of_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 1 << 12, "SC_PHYS_PAGES": 1 << 20}.get)
    for limit, expected in ((None, 1 << 32), (1 << 30, 1 << 30), (1 << 62, 1 << 32)):
        monkeypatch.setattr(cgroup, "bounds", lambda m=limit, **_: cgroup.Bounds(None, m))
        assert usable_memory() == expected
