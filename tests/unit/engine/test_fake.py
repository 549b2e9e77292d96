from __future__ import annotations

from pathlib import Path

import pytest

from fakes.engine import FakeEngine, Inside, Reply
from porter.engine import Exit, Mount, Root, Step
from porter.errors import EngineError
from porter.model import ARCHITECTURES

ROOT = Root("fake", ARCHITECTURES["aarch64"], "sha256:0", None, "debian")


def test_a_step_nobody_scripted_is_an_error() -> None:
    with pytest.raises(EngineError, match="no reply for step other"):
        FakeEngine({"build": Reply()}).run(Step("other", ("true",), ROOT), lambda _: None)


def test_predicates_choose_too() -> None:
    engine = FakeEngine({lambda step: step.argv[0] == "make": Reply(code=2)})
    assert engine.run(Step("x", ("make",), ROOT), lambda _: None) == Exit(2, 0.0)


def test_mounts_are_as_real_ones(tmp_path: Path) -> None:
    step = Step("x", ("x",), ROOT, mounts=(Mount(tmp_path, "/porter/in"),))
    inside = Inside(step)
    assert inside.read("/porter/in/a/b") == tmp_path / "a/b"
    with pytest.raises(PermissionError):
        inside.write("/porter/in/a")
    with pytest.raises(FileNotFoundError):
        inside.read("/porter/inner")
