"""Things that are computed once, whichever thread asks first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """A function that remembers its answers, errors too, and never works twice on one key.

    The first thread to ask does the work; others wait for it. The work must not ask for its own
    key. Errors that are `passing` come to those who wait, and whoever asks later lets it work anew.
    """

    def __init__(
        self, compute: Callable[[K], V], *, passing: tuple[type[BaseException], ...] = ()
    ) -> None:
        self._compute = compute
        self._passing = passing
        self._answers: dict[K, Future[V]] = {}
        self._lock = threading.Lock()

    def __call__(self, key: K) -> V:
        """The answer for a key; raises what computing it raised."""
        with self._lock:
            answer = self._answers.get(key)
            is_first = answer is None
            if answer is None:
                answer = self._answers[key] = Future()
        if is_first:
            self._work(key, answer)
        return answer.result()

    def __contains__(self, key: K) -> bool:
        return key in self._answers

    def done(self) -> dict[K, V]:
        """What has been answered without an error."""
        with self._lock:
            answers = dict(self._answers)
        return {
            key: answer.result()
            for key, answer in answers.items()
            if answer.done() and answer.exception() is None
        }

    def _work(self, key: K, answer: Future[V]) -> None:
        try:
            answer.set_result(self._compute(key))
        except BaseException as error:  # noqa: BLE001 - kept whole for all who ask, and raised there
            if isinstance(error, self._passing):
                with self._lock:
                    del self._answers[key]
            answer.set_exception(error)


class Replay(Generic[T]):
    """What an iterator gives, taken from it when it is first wanted; iterable again and again.

    An error comes to all who go that far, not only to the first. Thread-safe.
    """

    def __init__(self, source: Iterator[T]) -> None:
        self._source = source
        self._taken: list[T] = []
        self._error: Exception | None = None
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[T]:
        place = 0
        while place < len(self._taken) or self._take(place):
            yield self._taken[place]
            place += 1

    def _take(self, place: int) -> bool:
        """Take from the source up to this place; False when it has no more."""
        with self._lock:
            while len(self._taken) <= place:
                if self._error is not None:
                    raise self._error
                try:
                    self._taken.append(next(self._source))
                except StopIteration:
                    return False
                except Exception as error:
                    self._error = error
                    raise
        return True
