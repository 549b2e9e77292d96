"""A plan as text."""

from dataclasses import replace

import click

from porter.cli import render
from porter.model import Interpreter, Plan, State
from unit.graph.plans import needs, node, plan, tool

CP39, CP311 = Interpreter(3, 9), Interpreter(3, 11)
PURE, PORT, MAKER = node("pure", State.AVAILABLE), node("port"), tool("maker")


def shown(made: Plan) -> list[str]:
    return click.unstyle(render.plan(made, shown="graphs/x.json")).splitlines()


def test_what_is_alike_for_several_interpreters_is_one_line() -> None:
    pure, port, maker = (replace(each, interpreter=CP311) for each in (PURE, PORT, MAKER))
    made = plan([PORT, port, PURE, pure, MAKER, maker], needs(PORT, MAKER) + needs(port, maker))
    assert shown(made)[1:6] == [
        "2 packages: · 1 available, ○ 1 port; 2 build requirements",
        "",
        "○ port       port==1@cp39,cp311  a test",
        "                                 built with maker==1",
        "· available  pure==1@cp39,cp311  a test",
    ]


def test_what_differs_in_a_detail_is_not() -> None:
    port = replace(PORT, interpreter=CP311, warnings=("old",))
    assert shown(plan([PORT, port], []))[3:6] == [
        "○ port       port==1@cp311  a test",
        "                            warning: old",
        "○ port       port==1@cp39   a test",
    ]
