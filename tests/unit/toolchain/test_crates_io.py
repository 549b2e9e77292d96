from __future__ import annotations

from pathlib import Path

import pytest

from fakes.building import HERE
from fakes.engine import FakeEngine, Reply
from porter.errors import ImageError
from porter.toolchain import Apart, CratesIo, ask_cargo

LOCKED = 'source = "registry+https://index.example/git"\n'
REFUSED = "  failed to download from `https://index.example/sparse/config.json`\n"


@pytest.fixture
def rust(tmp_path: Path) -> Apart:
    (tmp_path / "lib64").mkdir()
    (tmp_path / "lib64/ld-linux-x86-64.so.2").write_text("")
    return Apart(tmp_path, "sha256:r")


def test_cargo_tells_how_locks_write_its_registry_and_where_it_is(rust: Apart) -> None:
    engine = FakeEngine({"crates-io": Reply((LOCKED.encode(), REFUSED.encode()))})
    assert ask_cargo(engine, HERE, rust) == CratesIo(
        "registry+https://index.example/git", "sparse+https://index.example/sparse/"
    )
    (step,) = engine.steps
    assert step.argv[-1] == "/porter/toolchain/rust/usr/bin/cargo"


@pytest.mark.parametrize(("said", "code"), [("", 0), (LOCKED, 0), (LOCKED + REFUSED, 1)])
def test_a_cargo_that_does_not_tell_is_an_error(rust: Apart, said: str, code: int) -> None:
    engine = FakeEngine({"crates-io": Reply((said.encode(),), code=code)})
    with pytest.raises(ImageError, match="does not say where it gets crates from") as failure:
        ask_cargo(engine, HERE, rust)
    assert "source.crates-io.replace-with" not in str(failure.value.hint)
