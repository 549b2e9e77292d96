from dataclasses import replace

from packaging.version import Version

from porter.graph import differences
from porter.model import State
from unit.graph.plans import artifact, needs, node, plan, tool

TOP, END, COMPILER = node("top"), node("end", State.AVAILABLE), tool("compiler")
PLAN = plan([TOP, END, COMPILER], [*needs(TOP, END, COMPILER)], "top")


def test_the_same_plan() -> None:
    assert differences(PLAN, PLAN) == ()


def test_reasons_and_warnings_are_no_difference() -> None:
    told = replace(TOP, reason="another", warnings=("new",))
    assert differences(PLAN, replace(PLAN, nodes=(told, END, COMPILER))) == ()


def test_a_port_that_was_built_is_still_a_port() -> None:
    built = replace(PLAN, nodes=(replace(TOP, state=State.BUILT), END, COMPILER))
    assert differences(built, PLAN) == ()


def test_another_version() -> None:
    newer = replace(END, version=Version("2"))
    now = plan([TOP, newer, COMPILER], needs(TOP, newer, COMPILER), "top")
    assert differences(PLAN, now) == ("end==1@cp39 is no longer needed", "end==2@cp39 is new")


def test_a_wheel_appears() -> None:
    source, wheel = artifact("top-1.tar.gz"), artifact("top-1-py3-none-any.whl")
    now = replace(TOP, state=State.AVAILABLE, source=None, wheel=wheel)
    assert differences(PLAN, replace(PLAN, nodes=(now, END, COMPILER))) == (
        "top==1@cp39: available, was port",
        f"top==1@cp39: source is none, was top-1.tar.gz (sha256 {source.sha256[:12]}…)",
        f"top==1@cp39: wheel is top-1-py3-none-any.whl (sha256 {wheel.sha256[:12]}…), was none",
    )


def test_other_bytes_under_the_same_name() -> None:
    other = replace(END, wheel=replace(artifact("end-1-py3-none-any.whl"), sha256="cd" * 32))
    (found,) = differences(PLAN, replace(PLAN, nodes=(TOP, other, COMPILER)))
    assert found.startswith("end==1@cp39: wheel is end-1-py3-none-any.whl (sha256 cdcdcdcdcdcd…)")


def test_another_requirement_between_the_same_nodes() -> None:
    edges = tuple(
        replace(edge, requirement="end<2") if edge.end == END.id else edge for edge in PLAN.edges
    )
    assert differences(PLAN, replace(PLAN, edges=edges)) == (
        "top==1@cp39 no longer asks for end>=1 (install: end==1@cp39)",
        "top==1@cp39 now asks for end<2 (install: end==1@cp39)",
    )
