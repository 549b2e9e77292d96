from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from porter.app.machine import images_of
from porter.engine import LocalEngine
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
