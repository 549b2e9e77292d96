"""A plan as a graph: build order, what has to be there first, and why a node is there at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

import networkx as nx
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from porter.errors import UsageError
from porter.model import Edge, EdgeKind, Node, Plan, Side, State

_PATHS_SHOWN = 10


class PortGraph:
    """Queries over a plan.

    Packages may require each other to run (install edges in a circle); such a group is ordered by
    the ids of its members and none waits for a later one. A circle of build edges cannot be
    built: it is an error. Raises `porter.errors.UsageError` for it, naming the circle.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._nodes = {node.id: node for node in plan.nodes}
        self._all = _graph(plan, lambda _: True)
        self._edges: dict[tuple[str, str], list[Edge]] = {}
        for edge in plan.edges:
            self._edges.setdefault((edge.start, edge.end), []).append(edge)
        self._install = _graph(plan, lambda kind: kind is EdgeKind.INSTALL)
        self._build = _graph(plan, lambda kind: kind is EdgeKind.BUILD)
        self._needs = self._all.copy()
        self._twins = dict(self._find_twins())
        self._waits: dict[str, tuple[str, ...]] = {}
        self._order = self._arrange()
        self._place = {node_id: place for place, node_id in enumerate(self._order)}

    def node(self, node_id: str) -> Node:
        """The node with this id; `KeyError` if the plan has none."""
        return self._nodes[node_id]

    def order(self) -> tuple[Node, ...]:
        """All nodes, each after what it needs."""
        return tuple(self._nodes[node_id] for node_id in self._order)

    def ports(self) -> tuple[Node, ...]:
        """The nodes to be built, each after what it needs; the same for the same plan."""
        return tuple(node for node in self.order() if node.state is State.PORT)

    def needs(self, port: str) -> tuple[str, ...]:
        """Ids of all nodes without a usable wheel that must be published before this one.

        Direct or not, for its build or for its verification. Sources that are missing count too:
        whoever needs them is blocked.
        """
        closure = nx.descendants(self._needs, port)
        return tuple(
            node_id
            for node_id in self._order
            if node_id in closure
            and self._nodes[node_id].state is not State.AVAILABLE
            and self._place[node_id] < self._place[port]
        )

    def waits_for(self, node_id: str) -> tuple[str, ...]:
        """Ids of the nodes a node waits for directly, usable wheels among them.

        Who waits for these, and they for theirs, has waited for all that `needs` tells.
        """
        return self._waits[node_id]

    def build_environment(self, port: str) -> tuple[Node, ...]:
        """The build-side nodes that are installed to build it, sorted by id."""
        return self._sorted(self._build.successors(port))

    def requirements(self, node_id: str) -> tuple[Node, ...]:
        """The nodes it requires to run, sorted by id."""
        return self._sorted(self._install.successors(node_id))

    def twins(self, port: str) -> Mapping[str, Node]:
        """By id of a node of its build environment: the port that makes the target's wheel of it.

        Only where no index has that wheel, and it can be made before: one that itself waits for
        this port is none.
        """
        return self._twins.get(port, {})

    def install_closure(self, port: str) -> tuple[Node, ...]:
        """The nodes of the same side that must be installed to import it, without itself."""
        return self._sorted(nx.descendants(self._install, port))

    def cone(self, node_id: str) -> tuple[str, ...]:
        """The node and all that depends on it, directly or not, in build order."""
        cone = {node_id, *nx.ancestors(self._needs, node_id)}
        return tuple(other for other in self._order if other in cone)

    def related(self, node_ids: Iterable[str]) -> frozenset[str]:
        """The nodes, all that they need and all that need them, directly or not."""
        found = set(node_ids)
        for node_id in tuple(found):
            found |= nx.descendants(self._all, node_id) | nx.ancestors(self._all, node_id)
        return frozenset(found)

    def critical_path(self, seconds: Mapping[str, float]) -> tuple[str, ...]:
        """The chain of nodes, each needing the next, whose seconds add up to the most.

        Nodes without seconds take none. A build cannot end sooner than its chain, however many
        workers there are.
        """
        best: dict[str, tuple[float, str | None]] = {}
        for node_id in self._order:
            needs = (need for need in self._needs.successors(node_id) if need in best)
            following = max(needs, key=lambda need: (best[need][0], need), default=None)
            rest = best[following][0] if following else 0.0
            best[node_id] = (seconds.get(node_id, 0.0) + rest, following)
        chain: list[str] = []
        at = max(best, key=lambda node_id: (best[node_id][0], node_id), default=None)
        while at is not None:
            if seconds.get(at):
                chain.append(at)
            at = best[at][1]
        return tuple(chain)

    def roots(self) -> tuple[Node, ...]:
        """The nodes that the target's requirements name."""
        names = {_project(text) for text in self.plan.target.requirements}
        return tuple(
            node for node in self.plan.nodes if node.side is Side.TARGET and node.name in names
        )

    def why(self, name: str) -> tuple[tuple[str, ...], ...]:
        """Paths from the target's nodes to the nodes of this project, the shortest first.

        At most ten per pair. Raises `porter.errors.UsageError` when the plan has no such project.
        """
        wanted = canonicalize_name(name)
        ends = [node.id for node in self.plan.nodes if node.name == wanted]
        if not ends:
            raise UsageError(
                f"the plan has no project {wanted}", hint="porter status lists what it has."
            )
        paths = (
            path for root in self.roots() for end in ends for path in self._paths(root.id, end)
        )
        return tuple(sorted(paths, key=lambda path: (len(path), path)))

    def edges(self, start: str, end: str) -> tuple[Edge, ...]:
        """What one node asks of the other, in the plan's order; nothing for strangers."""
        return tuple(self._edges.get((start, end), ()))

    def _paths(self, start: str, end: str) -> Iterable[tuple[str, ...]]:
        if start == end:
            return ((start,),)
        if not nx.has_path(self._all, start, end):
            return ()
        return map(tuple, islice(nx.shortest_simple_paths(self._all, start, end), _PATHS_SHOWN))

    def _sorted(self, ids: Iterable[str]) -> tuple[Node, ...]:
        return tuple(self._nodes[node_id] for node_id in sorted(ids))

    def _find_twins(self) -> Iterator[tuple[str, dict[str, Node]]]:
        """The twins of each target port's build environment; it needs them from now on.

        Where the target builds itself, both of a pair are one wheel: the second waits for it.
        """
        for port in self._build:
            if self._nodes[port].side is not Side.TARGET:
                continue
            found = {}
            for tool in self.build_environment(port):
                twin = self._nodes.get(tool.target_id) if _has_foreign_twin(tool) else None
                if twin is None or twin.state is not State.PORT:
                    continue
                if not nx.has_path(self._needs, twin.id, port):
                    self._needs.add_edge(port, twin.id)
                    found[tool.id] = twin
                if self.plan.target.builds_itself and not nx.has_path(
                    self._needs, twin.id, tool.id
                ):
                    self._needs.add_edge(tool.id, twin.id)
            if found:
                yield port, found

    def _arrange(self) -> tuple[str, ...]:
        """Topological order, smallest id first where there is a choice.

        Groups of nodes that need each other stand together.
        """
        groups = nx.condensation(self._needs)
        members = {group: sorted(data["members"]) for group, data in groups.nodes(data=True)}
        for group in members.values():
            if len(group) > 1 or self._build.has_edge(group[0], group[0]):
                self._refuse_build_cycle(group)
        order = nx.lexicographical_topological_sort(
            groups.reverse(copy=False), key=lambda group: members[group][0]
        )
        arranged: list[str] = []
        last: dict[str, str] = {}
        for group in order:
            self._join(members[group], last)
            arranged += members[group]
        return tuple(arranged)

    def _join(self, group: list[str], last: dict[str, str]) -> None:
        """Let each member of a group wait for what any needs outside, and for the one before.

        Whoever needs one of a group needs all of it: it waits for the `last`, noted here.
        """
        needed = {need for member in group for need in self._needs.successors(member)}
        outside = sorted({last[need] for need in needed.difference(group)})
        for place, member in enumerate(group):
            self._waits[member] = (*outside, *group[max(0, place - 1) : place])
            last[member] = group[-1]

    def _refuse_build_cycle(self, group: list[str]) -> None:
        inside = self._all.subgraph(group)
        for start, end in self._build.subgraph(group).edges:
            back = nx.shortest_path(inside, end, start)
            raise UsageError(
                f"the plan cannot be built: {' → '.join([start, *back])} is a circle",
                hint="Break it with a recipe's build-requires, and plan again.",
            )


def _has_foreign_twin(tool: Node) -> bool:
    """Whether a build requirement is for one platform, and no index has the target's wheel."""
    is_pure = tool.wheel is not None and tool.wheel.filename.endswith("-none-any.whl")
    return tool.side is Side.BUILD and tool.target_wheel is None and not is_pure


def _graph(plan: Plan, chosen: Callable[[EdgeKind], bool]) -> nx.DiGraph[str]:
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in plan.nodes)
    graph.add_edges_from((edge.start, edge.end) for edge in plan.edges if chosen(edge.kind))
    return graph


def _project(requirement: str) -> NormalizedName | None:
    try:
        return canonicalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return None
