from __future__ import annotations

import pytest

from fakes.engine import FakeEngine, Inside, Reply
from porter.engine import Root
from porter.model import ARCHITECTURES
from unit.engine.contract import SLEEP, EngineContract


def write(inside: Inside) -> None:
    (inside.write("/porter/out/file")).write_text("made\n")


class TestFakeEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> FakeEngine:
        return FakeEngine(
            {
                "exit-3": Reply(code=3),
                "in-order": Reply((b"one\n", b"two\n", b"three\n")),
                "write": Reply(act=write),
                "sleep": Reply(seconds=float(SLEEP)),
                "fall-silent": Reply((b"go\n",), quiet=float(SLEEP)),
            }
        )

    @pytest.fixture
    def root(self) -> Root:
        return Root("fake", ARCHITECTURES["aarch64"], "sha256:0", None, "debian")
