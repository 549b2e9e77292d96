"""One change of each kind on a small graph, and what the next run builds because of it.

Plan, keys, journal, artifacts and wheelhouse are porter's; engine, images and index are fakes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from fakes.engine import Reply
from fakes.running import Rig
from lib.report import table
from porter.graph import PortGraph
from porter.model import Artifact, Node, Plan, State
from unit.graph.plans import needs, node, plan, tool

GRAPH = "setuptools -> base -> mid -> top -> user (installs top); setuptools, cython -> side"

_RECIPE = """\
reason = "a test"

[[release]]
env = { FLAGS = "-O1" }
patches = ["mend.patch"]
"""


@dataclass(frozen=True)
class Change:
    """One change; `builds` are the ports that are built again because of it, by name."""

    what: str
    apply: Callable[[Rig], None]
    builds: tuple[str, ...]


def small_graph() -> Plan:
    """The graph that `GRAPH` tells."""
    setuptools, cython = tool("setuptools"), tool("cython")
    base, mid = tool("base", State.PORT), tool("mid", State.PORT)
    top, side, user = node("top"), node("side"), node("user")
    edges = [
        *needs(base, setuptools),
        *needs(mid, setuptools, base),
        *needs(top, setuptools, mid),
        *needs(side, setuptools, cython),
        *needs(user, setuptools, top),
    ]
    return plan([setuptools, cython, base, mid, top, side, user], edges, "user", "side")


def first_run(folder: Path) -> Rig:
    """A workspace in which everything is finished."""
    rig = Rig(folder, small_graph())
    (rig.workspace.recipes / "base").mkdir(parents=True)
    (rig.workspace.recipes / "base.toml").write_text(_RECIPE)
    (rig.workspace.recipes / "base" / "mend.patch").write_text("--- a patch\n")
    rig.replies = {lambda step: step.name.endswith(".patch"): Reply()}
    outcomes = rig.run()
    assert all(outcome.ending.has_wheel for outcome in outcomes.values()), outcomes
    return rig


def rebuilt(rig: Rig) -> tuple[str, ...]:
    """Run again: the names of the ports that were built, in the order they were."""
    rig.run()
    return tuple(built.partition(" ")[0] for built in rig.built)


# --- the changes ------------------------------------------------------------------------------


def _touch(rig: Rig) -> None:
    for path in (*rig.folder.rglob("*.tar.gz"), *rig.folder.rglob("*.whl")):
        os.utime(path)


def _recipe(old: str, new: str) -> Callable[[Rig], None]:
    def change(rig: Rig) -> None:
        path = rig.workspace.recipes / "base.toml"
        path.write_text(path.read_text().replace(old, new))

    return change


def _patch(rig: Rig) -> None:
    (rig.workspace.recipes / "base" / "mend.patch").write_text("--- another patch\n")


def _file(name: str, which: str) -> Callable[[Rig], None]:
    """Lock the plan to another content of a node's file."""

    def changed(entry: Node) -> Node:
        artifact: Artifact | None = getattr(entry, which)
        if entry.name != name or artifact is None:
            return entry
        other = {which: replace(artifact, sha256="f" * 64)}
        return replace(entry, **other)  # type: ignore[arg-type]  # a name of a field

    def change(rig: Rig) -> None:
        nodes = tuple(changed(entry) for entry in rig.plan.nodes)
        rig.plan = replace(rig.plan, nodes=nodes)
        rig.graph = PortGraph(rig.plan)

    return change


def _image(rig: Rig) -> None:
    rig.kits.image = "second"


def _compiler(rig: Rig) -> None:
    rig.kits.toolchain = replace(rig.kits.toolchain, digest="sha256:newer")


def _damage(part: str) -> Callable[[Rig], None]:
    def change(rig: Rig) -> None:
        for wheel in (rig.folder / part).rglob("mid-1-*.whl"):
            wheel.write_bytes(wheel.read_bytes()[:-1] + b"!")

    return change


def _with_effect(change: Callable[[Rig], None], *others: str) -> Callable[[Rig], None]:
    """The change, and that the wheels of `others` come out with another content."""

    def both(rig: Rig) -> None:
        change(rig)
        rig.content.update(dict.fromkeys(others, "changed"))

    return both


_SOURCE = _file("base", "source")
_ALL = ("base", "mid", "side", "top", "user")

CHANGES = (
    Change("nothing", lambda _: None, ()),
    Change("every sdist and wheel touched", _touch, ()),
    Change("a comment in base's recipe", _recipe("[[", "# why\n[["), ()),
    Change("the reason in base's recipe", _recipe("a test", "another"), ()),
    Change("base's sdist; its wheel stays the same", _SOURCE, ("base",)),
    Change(
        "base's sdist; mid's wheel stays the same", _with_effect(_SOURCE, "base"), ("base", "mid")
    ),
    Change(
        "base's sdist; every wheel differs",
        _with_effect(_SOURCE, "base", "mid", "top"),
        ("base", "mid", "top"),
    ),
    Change("a patch of base's recipe", _with_effect(_patch, "base"), ("base", "mid")),
    Change(
        "the environment in base's recipe",
        _with_effect(_recipe("-O1", "-O2"), "base"),
        ("base", "mid"),
    ),
    Change("the wheel of the build requirement cython", _file("cython", "wheel"), ("side",)),
    Change("the wheel of the build requirement setuptools", _file("setuptools", "wheel"), _ALL),
    Change("the image", _image, _ALL),
    Change("the compiler", _compiler, _ALL),
    Change("mid's wheel in the wheelhouse damaged", _damage("wheelhouse"), ()),
    Change("mid's artifact damaged", _damage(".porter/artifacts"), ("mid",)),
)


def rows(folder: Path) -> Iterator[tuple[str, str]]:
    """What each change makes the next run build, by really doing it in a workspace of its own."""
    for number, change in enumerate(CHANGES):
        rig = first_run(folder / str(number))
        change.apply(rig)
        yield change.what, ", ".join(sorted(rebuilt(rig))) or "nothing"


def report(found: Iterator[tuple[str, str]]) -> str:
    """The section of the page."""
    return f"The graph: {GRAPH}.\n\n{table(['what changed', 'built again'], found)}"
