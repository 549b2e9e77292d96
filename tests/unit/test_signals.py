from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from porter.signals import Signals


class Heard(Signals):
    """Signals that count how often patience was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.told = 0
        self.listen(self._count)

    def _count(self) -> None:
        self.told += 1


@pytest.fixture
def heard() -> Iterator[Heard]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Heard()
    for number, handler in before.items():
        signal.signal(number, handler)


def send(number: int = signal.SIGTERM) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("heard")
def test_the_first_signal_interrupts(number: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        send(number)


def test_the_second_one_does_not_disturb_the_clearing_up(heard: Heard) -> None:
    cleared = []

    def interrupted() -> None:
        try:
            send()
        finally:
            send()
            cleared.append(True)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (cleared, heard.told) == ([True], 1)


def test_the_third_one_does(heard: Heard) -> None:
    with pytest.raises(KeyboardInterrupt):
        send()
    send()
    with pytest.raises(KeyboardInterrupt):
        send()
    assert heard.told == 1


def test_a_block_is_done_whole_and_then_interrupted(heard: Heard) -> None:
    done = []

    def block() -> None:
        with heard.undisturbed():
            with heard.undisturbed():
                send()
                done.append("inner")
            done.append("outer")

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == ["inner", "outer"]


def test_a_failure_of_the_block_does_not_hide_the_signal(heard: Heard) -> None:
    def block() -> None:
        with heard.undisturbed():
            send()
            raise ValueError("of the block")

    with pytest.raises(KeyboardInterrupt) as caught:
        block()
    assert isinstance(caught.value.__context__, ValueError)


def test_a_process_that_ends_hears_nothing_more(heard: Heard) -> None:
    heard.ignore()
    send()
    assert heard.told == 0


def test_without_a_signal_nothing_happens(heard: Heard) -> None:
    with pytest.raises(ValueError, match="of the block"), heard.undisturbed():
        raise ValueError("of the block")


def test_another_thread_s_block_does_not_hold_the_main_one(heard: Heard) -> None:
    entered, leave = threading.Event(), threading.Event()

    def block() -> None:
        with heard.undisturbed():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=block)
    thread.start()
    entered.wait(10)
    with pytest.raises(KeyboardInterrupt):
        send()
    leave.set()
    thread.join()
