"""porter's pins for x86_64 are uv's, but for what docs/explanation/pins.md explains."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pinned import PinnedIndex, Recording, differences, recorded, versions

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "pins.md"
EXPLAINED = {"celery": {"async-timeout": ("-", "5.0.1")}}
"""By recording: porter's pin and uv's."""


@pytest.mark.parametrize("name", recorded())
def test_the_pins_are_those_of_uv(name: str) -> None:
    recording = Recording.load(name)
    ours = versions(recording.question.solved(PinnedIndex(recording)))
    assert differences(ours, recording.pins) == EXPLAINED.get(name, {})


def test_enough_targets_are_recorded_for_several_interpreters() -> None:
    questions = [Recording.load(name).question for name in recorded()]
    assert len(questions) >= 8
    assert len({question.python for question in questions}) >= 4


def test_releases_that_are_too_new_are_on_the_pages() -> None:
    recording = Recording.load("django")
    limit = recording.question.moment.isoformat()
    assert any(entry["upload-time"] > limit for entry in recording.projects["django"])


def test_each_difference_is_explained() -> None:
    prose = PAGE.read_text("utf-8").partition("<!-- pins: end -->")[2]
    for found in EXPLAINED.values():
        for name in found:
            assert f"`{name}`" in prose
