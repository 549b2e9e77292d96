from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from click import unstyle

from porter.app import Planned, Run
from porter.cli.summary import summary
from porter.model import Ending, Outcome, Phase, Strategy
from unit.cli.runs import BASE, GONE, GRAPH, MIDDLE, OTHER, TOP
from unit.graph.plans import node

HOME = Path("/home/me")


def told(*outcomes: Outcome) -> list[str]:
    run = Run(Planned(GRAPH.plan, HOME / "graphs/top.json", b""), outcomes)
    return unstyle(summary(run, HOME, seconds=125)).splitlines()


def built(port: Any, **more: Any) -> Outcome:
    wheel = f"{port.name}-1-cp39.whl"
    more = {"strategy": Strategy.CROSS, "engine": "docker", "seconds": 81.0, "modules": 3, **more}
    return Outcome(port.id, Ending.BUILT, wheel=wheel, **more)


def blocked(port: Any, *causes: Any) -> Outcome:
    ids = tuple(cause.id for cause in causes)
    reason = f"waits for {', '.join(ids)}" if ids else "the run stopped before it"
    return Outcome(port.id, Ending.BLOCKED, reason=reason, blocked_by=ids)


FAILED = Outcome(
    BASE.id,
    Ending.FAILED,
    phase=Phase.BUILD,
    seconds=12.0,
    reason="a header is missing: hdf5.h",
    context="\n".join(["far above", *(f"line {n}" for n in range(11)), "[red]x.c:1:\x1b[2J error"]),
    hint="Name its system package in a recipe.",
    warnings=("cross failed in build: likewise",),
    log=".porter/logs/base-1-cp39/2.log",
)


def test_what_was_grafted_and_compared_stands_below_its_wheel() -> None:
    libraries = tuple(f"lib{letter}-1f.so.1" for letter in "abcdef")
    made = built(
        BASE, grafted=libraries, sizes=(154_000, 5_260_000), parity="1 extension module as in x.whl"
    )
    grafted, parity = told(made)[1:3]
    shown = "liba-1f.so.1, libb-1f.so.1, libc-1f.so.1, libd-1f.so.1 and 2 more"
    assert grafted == f"    grafted {shown}: 154 kB -> 5.3 MB"
    assert parity == "    parity: 1 extension module as in x.whl"


def test_one_wheel_for_two_interpreters_says_what_it_was_built_for() -> None:
    one = built(BASE, sha256="abc")
    two = replace(one, id="base==1@cp311", ending=Ending.CACHED)
    lines = told(one, two)
    assert lines[1].endswith(f"(cross, docker, as built for {BASE.id}, verified: 3 modules)")
    assert "as built for" not in lines[0]
    assert "as built for" not in "".join(told(two, replace(two, id="base==1@cp312")))


def test_other_distributions_stand_below_the_wheel() -> None:
    made = built(BASE, verified_on={"debian:bookworm": "import", "debian:trixie": "not tried: …"})
    assert told(made)[1:3] == ["    debian:bookworm: verified", "    debian:trixie: not tried: …"]


def test_all_is_well() -> None:
    assert told(built(BASE), built(MIDDLE, tests=7, warnings=("odd",))) == [
        (
            "✔ built      base==1@cp39  wheelhouse/base-1-cp39.whl  "
            "(cross, docker, 1m21s, verified: 3 modules)"
        ),
        (
            "✔ built      middle==1@cp39  wheelhouse/middle-1-cp39.whl  "
            "(cross, docker, 1m21s, verified: 3 modules, 7 tests)"
        ),
        "    warning: odd",
        "",
        "✔ 2 built in 2m05s; plan: graphs/top.json",
    ]


def test_a_failure_stands_last_with_all_that_follows_from_it() -> None:
    assert told(FAILED, blocked(MIDDLE, BASE), built(OTHER), blocked(TOP, BASE))[1:] == [
        "",
        "✖ failed     base==1@cp39 in build after 12s: a header is missing: hdf5.h",
        *(f"    | line {n}" for n in range(11)),
        "    | [red]x.c:1: error",
        "    hint: Name its system package in a recipe.",
        "    warning: cross failed in build: likewise",
        "    ⊘ blocks 2: middle==1@cp39, top==1@cp39",
        "    to look closer: porter log base (.porter/logs/base-1-cp39/2.log), porter why base",
        "",
        "✔ 1 built, ✖ 1 failed, ⊘ 2 blocked in 2m05s; plan: graphs/top.json",
    ]


def test_a_remembered_failure_says_since_when() -> None:
    when = datetime(2026, 1, 2, 12, 0).astimezone()
    lines = told(replace(FAILED, remembered=when, seconds=0.0))
    assert lines[0] == "✖ failed     base==1@cp39 in build: a header is missing: hdf5.h"
    assert "    remembered from 2026-01-02 12:00, not tried again (--retry-failed does)" in lines


def test_a_missing_source_names_what_it_blocks() -> None:
    missing = Outcome(GONE.id, Ending.NO_SOURCE, reason="no sdist")
    assert told(missing, blocked(TOP, GONE))[:2] == [
        "? no-source  gone==1@cp39: no sdist",
        "    ⊘ blocks 1: top==1@cp39",
    ]


def test_a_run_that_stopped_early_names_what_it_did_not_reach() -> None:
    assert told(FAILED, blocked(OTHER), blocked(MIDDLE))[-3:] == [
        "⊘ blocked    other==1@cp39, middle==1@cp39: the run stopped before it",
        "",
        "✖ 1 failed, ⊘ 2 blocked in 2m05s; plan: graphs/top.json",
    ]


def test_of_many_that_are_blocked_the_first_are_named() -> None:
    many = [blocked(node(f"p{number:02}"), BASE) for number in range(40)]
    (line,) = [line for line in told(FAILED, *many) if "blocks" in line]
    assert line.endswith("p09==1@cp39 and 30 more (porter status lists them)")


def test_a_dry_run_names_what_it_would_build() -> None:
    assert told() == [
        "4 to build",
        *(f"○ port       {port.id}" for port in (BASE, MIDDLE, OTHER, TOP)),
    ]
