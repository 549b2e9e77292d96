"""A workspace with a made-up plan and a made-up run of it on record."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lib.shapes import SEED, layers, made_up
from porter.config import Workspace
from porter.graph import PortGraph, encode
from porter.model import Node, Phase, Plan, State
from porter.run import Attempt, Journal
from porter.run.attempt import COLUMNS, as_row, as_text

_BEGAN = datetime(2026, 1, 2, 12, tzinfo=UTC)
_PYTHON = "cp39-cp39-manylinux2014_aarch64.manylinux_2_17_aarch64"


def workspace(folder: Path, nodes: int, *, ported: float = 1.0) -> Workspace:
    """A workspace whose plan has so many nodes, of which this share are ports."""
    place = Workspace(folder)
    place.graphs.mkdir(parents=True)
    plan = _with_wheels(made_up(layers(nodes)), 1 - ported)
    (place.graphs / "made-up.json").write_bytes(encode(plan))
    _record(place, plan)
    return place


def _with_wheels(plan: Plan, share: float) -> Plan:
    drawn = random.Random(SEED)  # noqa: S311  # no secret
    return replace(
        plan,
        nodes=tuple(
            replace(node, state=State.AVAILABLE, wheel=node.source, source=None)
            if drawn.random() < share
            else node
            for node in plan.nodes
        ),
    )


def _record(place: Workspace, plan: Plan) -> None:
    """One port after the other was built within seconds; some failed."""
    Journal(place.journal).close()
    drawn = random.Random(SEED)  # noqa: S311  # no secret
    columns = ", ".join(COLUMNS)
    values = ", ".join(f":{name}" for name in COLUMNS)
    insert = f"INSERT INTO attempts ({columns}) VALUES ({values})"  # noqa: S608  # our own column names
    with closing(sqlite3.connect(place.journal)) as connection, connection:
        for number, port in enumerate(PortGraph(plan).ports(), start=1):
            attempt = _attempt(port, number, str(plan.target.platform), good=drawn.random() < 0.99)
            connection.execute(insert, as_row(attempt))
            phases = list(Phase)[: 6 if attempt.outcome == "built" else 3]
            connection.executemany(
                "INSERT INTO phases VALUES (?, ?, ?, 1.0)",
                [
                    (number, phase, as_text(attempt.started + timedelta(seconds=at)))
                    for at, phase in enumerate(phases)
                ],
            )


def _attempt(port: Node, number: int, platform: str, *, good: bool) -> Attempt:
    attempt = Attempt(
        port=port.id,
        platform=platform,
        key=f"sha256:{number:064x}",
        inputs={},
        strategy="cross",
        engine="docker",
        outcome="built",
        started=_BEGAN + timedelta(seconds=number / 2),
        seconds=6.0,
        wheel=f"{port.name}-1-{_PYTHON}.whl",
        sizes=(1_000_000, 1_200_000),
        verified="import",
        modules=3,
        grafted=("libz.so.1",),
        log=f".porter/logs/{port.name}-1-cp39/1.log",
    )
    if good:
        return attempt
    return replace(
        attempt,
        outcome="failed",
        phase="build",
        reason="it does not compile: module.c:7: expected ';' after expression",
        rule="compiler-error",
        hint="A newer release may compile; else patch it by a recipe.",
        context="\n".join(["building 'module' extension"] * 3)
        + "\nmodule.c:7:2: error: expected ';' after expression\n1 error generated.",
        wheel=None,
        sizes=(),
        grafted=(),
    )
