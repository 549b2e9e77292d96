from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from porter.resolve.once import Once, Replay


def test_each_key_once_over_threads() -> None:
    worked: list[int] = []

    def double_it(key: int) -> int:
        worked.append(key)
        return key * 2

    double = Once(double_it)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(double, [1, 2, 3] * 20)) == [2, 4, 6] * 20
    assert sorted(worked) == [1, 2, 3]
    assert double.done() == {1: 2, 2: 4, 3: 6}


def test_an_error_is_kept() -> None:
    calls: list[int] = []

    def fail(key: int) -> int:
        calls.append(key)
        raise ValueError("no")

    once = Once(fail)
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            once(1)
    assert calls == [1]
    assert 1 in once
    assert once.done() == {}


def test_an_error_that_passes_is_not_kept() -> None:
    errors = [ConnectionError("lost")]

    def work(key: int) -> int:
        if errors:
            raise errors.pop()
        return key

    once = Once(work, passing=(ConnectionError,))
    with pytest.raises(ConnectionError):
        once(1)
    assert 1 not in once
    assert once(1) == 1


def test_replay_takes_from_its_source_once_and_no_sooner_than_wanted() -> None:
    taken = []

    def source() -> Iterator[int]:
        for number in range(3):
            taken.append(number)
            yield number

    replay = Replay(source())
    assert next(iter(replay)) == 0
    assert taken == [0]
    assert list(replay) == list(replay) == [0, 1, 2]
    assert taken == [0, 1, 2]


def test_replay_gives_its_error_to_all_who_come_to_it() -> None:
    def source() -> Iterator[int]:
        yield 0
        raise ValueError("no")

    replay = Replay(source())
    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            list(replay)
    assert next(iter(replay)) == 0
