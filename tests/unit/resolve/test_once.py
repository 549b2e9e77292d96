from concurrent.futures import ThreadPoolExecutor

import pytest

from porter.resolve.once import Once


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
