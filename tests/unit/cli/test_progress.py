from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from click import unstyle

from fakes.clock import FakeClock
from porter.cli.progress import Echo, Lines
from porter.model import Ending, Node, Phase, Strategy
from porter.run.events import RungFailed, Wrote
from unit.cli.runs import BASE, MIDDLE, OTHER, ends, enters, started

REASON = "it [red]is[/red]\x1b[2J\nso"


@pytest.fixture
def said() -> list[str]:
    return []


def test_a_line_for_each_event(said: list[str]) -> None:
    clock = FakeClock()
    lines = Lines(said.append, verbose=False, clock=clock)
    lines.take(started())
    lines.take(enters(BASE))
    clock.now = 12.34
    lines.take(RungFailed(BASE, Phase.BUILD, Strategy.CROSS, REASON, Strategy.EMULATED))
    lines.take(Wrote(BASE, b"not asked for\n"))
    lines.take(ends(BASE, seconds=80, strategy=Strategy.EMULATED, wheel="base.whl"))
    lines.take(ends(OTHER, Ending.CACHED))
    lines.take(ends(MIDDLE, Ending.FAILED, phase=Phase.REPAIR, seconds=3, reason=REASON))
    assert list(map(unstyle, said)) == [
        "   0.0s ▶ base==1@cp39: build (cross)",
        "  12.3s ! base==1@cp39: cross failed in build: it [red]is[/red] so; trying emulated",
        "  12.3s ✔ base==1@cp39: built in 1m20s (emulated)",
        "  12.3s ● other==1@cp39: cached",
        "  12.3s ✖ middle==1@cp39: failed in repair after 3.0s: it [red]is[/red] so",
    ]


def echoed(*pieces: tuple[Node, bytes]) -> list[str]:
    said: list[str] = []
    echo = Echo(lambda line: said.append(unstyle(line)))
    echo.take(started())
    for port, data in pieces:
        echo.take(Wrote(port, data))
    for port in (BASE, OTHER, MIDDLE):
        echo.take(ends(port))
    return said


def test_each_line_says_whose_it_is() -> None:
    assert echoed((BASE, b"a\nb"), (MIDDLE, b"c\n"), (BASE, b"b\n")) == [
        "base   | a",
        "middle | c",
        "base   | bb",
    ]


def test_a_last_line_without_an_end_is_said_when_the_port_ends() -> None:
    assert echoed((OTHER, b"\xc3"), (OTHER, b"\xa4\xff")) == ["other  | ä\ufffd"]


def test_of_a_line_that_is_drawn_over_the_last_state_is_said() -> None:
    assert echoed((BASE, b" 10 %\r 50 %\r100 %\r\nnext\n")) == ["base   | 100 %", "base   | next"]


def test_control_characters_in_any_piece_are_left_out() -> None:
    assert echoed((BASE, b"\x1b"), (BASE, b"[2Jx\x9b\n")) == ["base   | x\ufffd"]


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    said = echoed(*[(BASE, b"x" * 40_000)] * 4)
    assert [len(line) - len("base   | ") for line in said] == [80_000, 80_000]


def test_ports_at_once_do_not_mix_within_a_line() -> None:
    said: list[str] = []
    echo = Echo(said.append)

    def write(port: Node) -> None:
        for _ in range(500):
            echo.take(Wrote(port, port.name.encode() * 3))
            echo.take(Wrote(port, b"\n"))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, (BASE, OTHER, MIDDLE)))
    assert sorted(said) == sorted(
        f"\x1b[2m{port.id} |\x1b[0m {port.name * 3}"
        for port in (BASE, OTHER, MIDDLE)
        for _ in range(500)
    )
