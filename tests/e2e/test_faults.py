"""A dozen random kills over a simulated graph; benchmarks/faults.py does 200, and a real graph."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults import simulated

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_runs_are_resumed_without_losing_or_repeating_anything(
    tmp_path: Path, seed: int
) -> None:
    campaign = simulated(tmp_path, seed, ports=8)
    campaign.run(6)
    assert campaign.wrong == []
    assert len(campaign.kills) == 6
    assert campaign.finished_runs >= 1
