"""Plans as JSON: ``graphs/NAME.json``. Same plan, same bytes; reviewed in diffs, hence sorted."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from porter.errors import UsageError
from porter.graph.document import SCHEMA, ArtifactDoc, EdgeDoc, NodeDoc, TargetDoc
from porter.graph.sharing import alike
from porter.index.reference import parse_reference
from porter.model import (
    DEFAULT_BUILD_ARCH,
    Artifact,
    Edge,
    EdgeKind,
    Interpreter,
    Node,
    Plan,
    Platform,
    Side,
    State,
    Target,
)

T = TypeVar("T")

_FILENAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(r"(?P<text>.*) - at `\$(?P<at>.*)`", re.DOTALL)


def encode(plan: Plan) -> bytes:
    """A plan as the JSON document of the contract, ending in a newline."""
    groups = {node.id: group for group in alike(plan.nodes) for node in group}
    document = {
        "schema": SCHEMA,
        "target": _target(plan.target),
        "nodes": [_node(node, groups[node.id]) for node in plan.nodes],
        "edges": [
            {"from": e.start, "to": e.end, "kind": e.kind.value, "requirement": e.requirement}
            for e in plan.edges
        ],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def decode(data: bytes, origin: str = "graph") -> Plan:
    """Read a plan back; ``origin`` names the file in errors.

    Raises `porter.errors.UsageError` naming the place, for anything that is no plan of this
    schema: cut-off JSON, unknown values, an edge to nowhere, a file name with a path in it.
    """
    reading = _Reading(origin)
    document = reading.load(data)
    target = reading.target(document.get("target"))
    nodes = tuple(
        reading.node(entry, f"nodes[{i}]")
        for i, entry in enumerate(reading.list(document, "nodes"))
    )
    ids = {node.id for node in nodes}
    if len(ids) < len(nodes):
        raise reading.error("nodes", "two nodes have the same id")
    edges = tuple(
        reading.edge(entry, ids, f"edges[{i}]")
        for i, entry in enumerate(reading.list(document, "edges"))
    )
    return Plan(target=target, nodes=nodes, edges=edges)


def _target(target: Target) -> dict[str, Any]:
    document = {
        "requirements": list(target.requirements),
        "arch": target.platform.arch.name,
        "policy": str(target.platform.policy),
        "pythons": [interpreter.tag for interpreter in target.interpreters],
        "notes": list(target.notes),
    }
    day = target.exclude_newer
    further = {
        "constraints": list(target.constraints),
        "exclude_newer": None if day is None else day.isoformat(),
        "from_source": list(target.from_source),
        "prefer": "" if target.prefer == "newest" else target.prefer,
        "prereleases": target.prereleases,
        "wheels_only": list(target.wheels_only),
        "build_arch": "" if target.build_arch == DEFAULT_BUILD_ARCH else target.build_arch.name,
    }
    return document | {key: value for key, value in further.items() if value}


def _node(node: Node, group: Sequence[Node]) -> dict[str, Any]:
    document = {
        "id": node.id,
        "name": node.name,
        "version": str(node.version),
        "python": node.interpreter.tag,
        "platform": node.side.value,
        "state": node.state.value,
        "reason": node.reason,
        "source": _artifact(node.source),
        "wheel": _artifact(node.wheel),
        "recipe": node.recipe,
    }
    further = {
        "target_wheel": _artifact(node.target_wheel),
        "requires": list(node.requires),
        "executed": list(node.executed),
        "obstacle": node.obstacle,
        "warnings": list(node.warnings),
        # For readers of the file: it follows from the files, and is not read back.
        "shared": [other.interpreter.tag for other in group if other is not node],
    }
    return document | {key: value for key, value in further.items() if value}


def _artifact(artifact: Artifact | None) -> dict[str, Any] | None:
    if artifact is None:
        return None
    time = artifact.upload_time
    document = {
        "index": artifact.index,
        "filename": artifact.filename,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "upload_time": None if time is None else time.isoformat(),
    }
    return document if artifact.url is None else document | {"url": artifact.url}


class _Reading:
    """One document being read: knows the file, for the errors."""

    def __init__(self, origin: str) -> None:
        self._origin = origin

    def error(self, at: str, text: str) -> UsageError:
        return UsageError(
            f"{self._origin}: {at}: {text}", hint="Make it again with: porter plan … -o FILE"
        )

    def load(self, data: bytes) -> dict[str, Any]:
        try:
            document = json.loads(data)
        except json.JSONDecodeError as error:
            at = f"line {error.lineno}, column {error.colno}"
            raise self.error(at, f"not valid JSON: {error.msg}") from error
        except (ValueError, RecursionError) as error:  # no text, too long a number, too deep
            raise self.error("the file", f"not valid JSON: {error}") from error
        if not isinstance(document, dict):
            raise self.error("the file", "not a graph: it holds no JSON object")
        if document.get("schema") != SCHEMA:
            found = document.get("schema")
            raise self.error("schema", f"{found!r} is not {SCHEMA}, which this porter reads")
        return document

    def list(self, document: dict[str, Any], key: str) -> list[Any]:
        value = document.get(key)
        if not isinstance(value, list):
            raise self.error(key, "not a list")
        return value

    def target(self, entry: object) -> Target:
        document = self._convert(entry, TargetDoc, "target")
        build_arch = document.build_arch or DEFAULT_BUILD_ARCH.name
        try:
            return Target(
                requirements=document.requirements,
                platform=Platform.parse(document.arch, document.policy),
                interpreters=tuple(Interpreter.parse(tag) for tag in document.pythons),
                notes=document.notes,
                constraints=document.constraints,
                exclude_newer=self._time(document.exclude_newer, "target.exclude_newer"),
                from_source=document.from_source,
                prefer=document.prefer,
                prereleases=document.prereleases,
                wheels_only=document.wheels_only,
                build_arch=Platform.parse(build_arch, document.policy).arch,
            )
        except UsageError as error:
            raise self.error("target", error.message) from error

    def node(self, entry: object, at: str) -> Node:
        document = self._convert(entry, NodeDoc, at)
        try:
            interpreter = Interpreter.parse(document.python)
            version = Version(document.version)
        except (UsageError, ValueError) as error:
            raise self.error(at, str(error)) from error
        node = Node(
            name=self._name(document.name, at),
            version=version,
            interpreter=interpreter,
            side=Side(document.platform),
            state=State(document.state),
            reason=document.reason,
            source=self._artifact(document.source, f"{at}.source"),
            wheel=self._artifact(document.wheel, f"{at}.wheel"),
            target_wheel=self._artifact(document.target_wheel, f"{at}.target_wheel"),
            recipe=document.recipe,
            requires=document.requires,
            executed=document.executed,
            obstacle=document.obstacle,
            warnings=document.warnings,
        )
        if node.id != document.id:
            raise self.error(f"{at}.id", f"{document.id!r} should be {node.id!r}")
        return node

    def edge(self, entry: object, ids: set[str], at: str) -> Edge:
        document = self._convert(entry, EdgeDoc, at)
        for end in (document.start, document.end):
            if end not in ids:
                raise self.error(at, f"no node has the id {end!r}")
        return Edge(document.start, document.end, EdgeKind(document.kind), document.requirement)

    def _name(self, text: str, at: str) -> NormalizedName:
        name = canonicalize_name(text)
        if name != text or not _FILENAME.fullmatch(text):
            raise self.error(at, f"{text!r} is not a normalized project name")
        return name

    def _artifact(self, document: ArtifactDoc | None, at: str) -> Artifact | None:
        if document is None:
            return None
        if not _FILENAME.fullmatch(document.filename) or ".." in document.filename:
            raise self.error(f"{at}.filename", f"{document.filename!r} is not a plain file name")
        if not _SHA256.fullmatch(document.sha256):
            raise self.error(f"{at}.sha256", "not 64 hexadecimal digits")
        return Artifact(
            index=document.index,
            filename=document.filename,
            sha256=document.sha256,
            size=document.size,
            upload_time=self._time(document.upload_time, f"{at}.upload_time"),
            url=self._url(document.url, f"{at}.url"),
        )

    def _url(self, text: str | None, at: str) -> str | None:
        """Only what planning writes: an address that is locked and holds no password."""
        if text is None:
            return None
        try:
            reference = parse_reference(text)
        except UsageError as error:
            raise self.error(at, error.message) from error
        if str(reference) != text:
            raise self.error(at, "not an address as porter writes it")
        if reference.is_git and reference.commit is None:
            raise self.error(at, "a repository without the full hash of a commit")
        return text

    def _time(self, text: str | None, at: str) -> datetime | None:
        if text is None:
            return None
        try:
            time = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.error(at, f"{text!r} is not a time") from error
        if time.tzinfo is None:
            raise self.error(at, f"{text!r} has no time zone")
        return time

    def _convert(self, entry: object, kind: type[T], at: str) -> T:
        try:
            return msgspec.convert(entry, kind, strict=True)
        except msgspec.ValidationError as error:
            located = _AT.fullmatch(str(error))
            place = f"{at}{located['at']}" if located else at
            raise self.error(place, located["text"] if located else str(error)) from error
