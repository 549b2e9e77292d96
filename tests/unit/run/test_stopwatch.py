import time
from contextlib import suppress

import pytest

from porter.run.stopwatch import Stopwatch


def test_it_counts_pieces_and_nothing_between(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watch = Stopwatch()
    with watch.running():
        now[0] += 2
        assert watch.seconds == 2
    now[0] += 50
    assert watch.seconds == 2
    with suppress(KeyError), watch.running():
        now[0] += 3
        raise KeyError
    assert watch.seconds == 5
