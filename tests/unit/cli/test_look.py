from __future__ import annotations

import io

import pytest

from porter.cli import look
from porter.cli.look import Cell
from porter.marks import MARKS
from porter.model import Ending, State


def test_every_state_has_a_mark_of_its_own_shape() -> None:
    assert set(MARKS) == {*State, *Ending}
    assert len({mark.symbol for mark in MARKS.values()}) == len(MARKS)
    assert len({mark.ascii for mark in MARKS.values()}) == len(MARKS)
    assert all(len(mark.symbol) == len(mark.ascii) == 1 for mark in MARKS.values())
    assert all(mark.ascii.isascii() for mark in MARKS.values())


@pytest.mark.parametrize(
    ("encoding", "expected"), [("utf-8", "✔"), ("ascii", "+"), ("latin-1", "+"), ("nonsense", "+")]
)
def test_where_an_encoding_is_poor_ascii_stands_in(
    monkeypatch: pytest.MonkeyPatch, encoding: str, expected: str
) -> None:
    class Stream(io.StringIO):
        pass

    stream = Stream()
    monkeypatch.setattr(Stream, "encoding", encoding)
    monkeypatch.setattr("sys.stdout", stream)
    assert look.sign("built") == expected
    assert look.cut("a long text", 6) == ("a lon…" if expected == "✔" else "a lon~")


ROWS = [
    (Cell("one", "built"), Cell(""), Cell("a"), Cell("the reason")),
    (Cell("three"), Cell(""), Cell("bcd"), Cell("")),
]


def test_columns_without_anything_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.style", lambda text, _color: f"<{text}>")
    assert list(look.table(ROWS, None)) == ["<one  >  a    the reason", "three  bcd"]
    assert list(look.table([], None)) == []


@pytest.mark.parametrize("columns", range(1, 30))
def test_a_table_never_goes_past_the_edge(columns: int) -> None:
    lines = list(look.table([tuple(Cell(cell.text) for cell in row) for row in ROWS], columns))
    assert all(len(line) <= columns for line in lines)
