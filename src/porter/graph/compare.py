"""What has changed between two plans for the same target, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from porter.model import Artifact, Node, Plan, State

_ENDED = {State.BUILT, State.FAILED, State.BLOCKED}
_FILES = ("source", "wheel", "target_wheel")


def differences(old: Plan, new: Plan) -> tuple[str, ...]:
    """One sentence per difference, sorted by node; empty when the same would be built.

    Compared are the nodes, their states, their files by name and hash, and the edges. Reasons and
    warnings are not: another wheel for another platform changes a reason, but nothing else. A port
    that was built or has failed is still a port.
    """
    before = {node.id: node for node in old.nodes}
    after = {node.id: node for node in new.nodes}
    return (
        *(f"{name} is no longer needed" for name in sorted(before.keys() - after.keys())),
        *(f"{name} is new" for name in sorted(after.keys() - before.keys())),
        *(
            f"{name}: {change}"
            for name in sorted(before.keys() & after.keys())
            for change in _changes(before[name], after[name])
        ),
        *_edge_changes(old, new, before.keys() & after.keys()),
    )


def _changes(old: Node, new: Node) -> Iterator[str]:
    if _state(old) is not _state(new):
        yield f"{_state(new)}, was {_state(old)}"
    for field in _FILES:
        was, now = getattr(old, field), getattr(new, field)
        if _identity(was) != _identity(now):
            yield f"{field.replace('_', ' ')} is {_named(now)}, was {_named(was)}"


def _edge_changes(old: Plan, new: Plan, both: set[str]) -> Iterator[str]:
    """Edges between nodes that both plans have; the others come and go with their nodes."""
    before = {e for e in old.edges if e.start in both and e.end in both}
    after = {e for e in new.edges if e.start in both and e.end in both}
    for sign, edges in (("no longer asks", before - after), ("now asks", after - before)):
        for edge in sorted(edges, key=lambda e: (e.start, e.end, e.kind, e.requirement)):
            yield f"{edge.start} {sign} for {edge.requirement} ({edge.kind}: {edge.end})"


def _state(node: Node) -> State:
    return State.PORT if node.state in _ENDED else node.state


def _identity(artifact: Artifact | None) -> tuple[str, str] | None:
    return None if artifact is None else (artifact.filename, artifact.sha256)


def _named(artifact: Artifact | None) -> str:
    return "none" if artifact is None else f"{artifact.filename} (sha256 {artifact.sha256[:12]}…)"
