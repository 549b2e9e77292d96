from datetime import UTC, datetime
from operator import attrgetter

import pytest

from fakes.index import FakeIndex
from porter.errors import ResolutionError
from porter.model import Interpreter, Plan, Platform, Side
from porter.recipes import Recipes
from porter.resolve import Request, plan
from unit.resolve.cases import CASES, TOOLS, Case


def run(case: Case) -> Plan:
    request = Request(
        requirements=tuple(case.asked),
        platform=Platform.parse("aarch64", "manylinux2014"),
        interpreters=(Interpreter.parse(case.python),),
        constraints=tuple(case.constraints),
        exclude_newer=_day(case.newer),
    )
    return plan(request, FakeIndex({**TOOLS, **case.index}), Recipes(()), notice=lambda _: None)


def _day(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("case", CASES, ids=attrgetter("name"))
def test_case(case: Case) -> None:
    if isinstance(case.expect, str):
        with pytest.raises(ResolutionError) as caught:
            run(case)
        error = caught.value
        assert case.expect in f"{error.message}\n{error.context}\n{error.hint}"
        return
    found = run(case)
    tools = {(node.name, str(node.version)) for node in found.nodes if node.side is Side.BUILD}
    assert set(case.tools.items()) <= tools
    nodes = {node.name: node for node in found.nodes if node.side is Side.TARGET}
    assert {name: str(node.version) for name, node in nodes.items()} == case.expect
    for name, state in case.states.items():
        assert nodes[name].state == state  # type: ignore[index]
