"""CPython 3.11's parser, which packaging uses, fails when two threads are in it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from packaging.requirements import InvalidRequirement, Requirement

from porter.resolve import metadata


def test_one_thread_at_a_time_parses(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = threading.Semaphore(1)
    met: list[str] = []

    def alone(text: str) -> Requirement:
        if not inside.acquire(blocking=False):
            met.append(text)
            return Requirement(text)
        try:
            time.sleep(0.001)
            return Requirement(text)
        finally:
            inside.release()

    monkeypatch.setattr(metadata, "Requirement", alone)

    def read(number: int) -> str:
        try:
            return str(metadata.read_requirement(f"b>=1.{'*' * (number % 2)}; extra == '{number}'"))
        except InvalidRequirement as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(read, range(64)))) == 64
    assert met == []
