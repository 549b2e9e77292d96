from __future__ import annotations

from pathlib import Path

from porter.images.memory import PullMemory

NOW = 1_800_000_000.0
HOUR = 3600.0


def test_a_failure_is_remembered_for_a_day_and_for_its_registry(tmp_path: Path) -> None:
    file = tmp_path / "cache/registries.json"
    PullMemory(file, lambda: NOW).remember("quay.io/pypa/x:1")
    soon = PullMemory(file, lambda: NOW + 23 * HOUR)
    assert soon.failed_lately("quay.io/pypa/y@sha256:0")
    assert not soon.failed_lately("other.example/y:1")
    assert not PullMemory(file, lambda: NOW + 25 * HOUR).failed_lately("quay.io/x:1")


def test_what_cannot_be_read_was_never_noted(tmp_path: Path) -> None:
    file = tmp_path / "registries.json"
    memory = PullMemory(file)
    assert not memory.failed_lately("quay.io/x")
    for damaged in ("{", "[]", '{"quay.io": "yesterday"}', '{"quay.io": 3}'):
        file.write_text(damaged)
        assert not memory.failed_lately("quay.io/x")
    memory.remember("quay.io/x")
    assert memory.failed_lately("quay.io/x")
