"""Wheels of this run that serve other interpreters than the one they were built for.

An abi3 or py3-none wheel is built once. Whoever takes it verifies it on its own interpreter. Only
what this run has made or found by its key is taken, so that it is always what would be made now.
"""

from __future__ import annotations

import shutil
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name, parse_wheel_filename

from porter.environment import open_wheel
from porter.graph import PortGraph, alike
from porter.model import Node, Platform, Strategy
from porter.resolve import marker_environment, target_tags
from porter.resolve.metadata import Metadata, read_metadata


@dataclass(frozen=True, slots=True)
class Shared:
    """A repaired wheel, and what is told of it."""

    port: str
    """The id of the node it was built for."""
    wheel: Path
    strategy: Strategy
    grafted: tuple[str, ...]
    sizes: tuple[int, ...]
    remarks: tuple[str, ...]


class Shelf:
    """The wheels of one run, by what they were built from. Any thread may call."""

    def __init__(self, graph: PortGraph) -> None:
        self._graph = graph
        groups = [group for group in alike(graph.ports()) if len(group) > 1]
        self._alike = {node.id: group for group in groups for node in group}
        self._group = {node.id: group[0].id for group in groups for node in group}
        self._wheels: dict[str, dict[str, Shared]] = defaultdict(dict)
        self._lock = threading.Lock()

    def offer(self, shared: Shared) -> None:
        """Take in a port's wheel, in the place of what it offered before."""
        if group := self._group.get(shared.port):
            with self._lock:
                self._wheels[group][shared.port] = shared

    def withdraw(self, port: str) -> None:
        """A port's wheel has failed, or is about to be gone."""
        if group := self._group.get(port):
            with self._lock:
                self._wheels[group].pop(port, None)

    def misleads(self, wheel: Path, node: Node, platform: Platform, *, alone: bool = False) -> bool:
        """Whether a node's wheel claims, by its tags, to serve another port that it does not.

        Where the node is `alone`, as the others' wheels do not serve it, its own serves none of
        them.
        """
        return any(
            other != node
            and _is_usable(wheel, other, platform)
            and (alone or not self._asks_as_planned(wheel, other, platform))
            for other in self._alike.get(node.id, ())
        )

    def take(
        self, node: Node, strategy: Strategy, platform: Platform, *, into: Path
    ) -> Shared | None:
        """A copy of a wheel made from the same source, by the same strategy, that serves this node.

        It is made in the folder `into`; None where there is no such wheel.
        """
        with self._lock:
            for shared in self._wheels[self._group.get(node.id, "")].values():
                if (
                    (shared.port != node.id and shared.strategy is strategy)
                    and _is_usable(shared.wheel, node, platform)
                    and self._asks_as_planned(shared.wheel, node, platform)
                ):
                    into.mkdir(parents=True, exist_ok=True)
                    copy = shutil.copyfile(shared.wheel, into / shared.wheel.name)
                    return replace(shared, wheel=copy)
        return None

    def _asks_as_planned(self, wheel: Path, node: Node, platform: Platform) -> bool:
        """Whether it asks of this interpreter for what the plan has: sources ask as they are run.

        An old setup.py that looks at ``sys.version_info`` writes another list for every Python.
        """
        asked = _metadata(wheel)
        if asked.requires_python and node.interpreter.full_version not in asked.requires_python:
            return False
        here = marker_environment(platform, node.interpreter)
        always = _names(asked.active(here))
        extras = (_names(asked.active(here, extra)) for extra in asked.extras)
        planned = {need.name for need in self._graph.requirements(node.id)}
        return always - {node.name} <= planned <= always.union(*extras)


def _is_usable(wheel: Path, node: Node, platform: Platform) -> bool:
    """Whether it is for that interpreter and processor.

    It may ask for a newer glibc than the policy has, as the port it was built for may: then grafted
    libraries do, and it is told.
    """
    *_, tags = parse_wheel_filename(wheel.name)
    here = {(tag.interpreter, tag.abi) for tag in target_tags(platform, node.interpreter)}
    return any(
        (tag.interpreter, tag.abi) in here
        and (tag.platform == "any" or tag.platform.endswith(f"_{platform.arch}"))
        for tag in tags
    )


def _metadata(wheel: Path) -> Metadata:
    with open_wheel(wheel) as (archive, contents):
        return read_metadata(archive.read(f"{contents.dist_info}/METADATA"))


def _names(requirements: Iterable[Requirement]) -> set[NormalizedName]:
    return {canonicalize_name(requirement.name) for requirement in requirements}
