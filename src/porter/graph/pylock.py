"""A plan's target as a lock file for other installers (PEP 751, ``pylock.toml``).

Only the target's side goes into it: wheels that an index has, and the sdists of ports. Unlike a
plan it holds addresses, for its readers know no index names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from packaging.markers import Marker
from packaging.pylock import (
    Package,
    PackageArchive,
    PackageSdist,
    PackageVcs,
    PackageWheel,
    Pylock,
    is_valid_pylock_path,
)
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidSdistFilename, parse_sdist_filename
from packaging.version import Version

from porter.errors import UsageError
from porter.graph.sharing import alike, file_of
from porter.index.reference import Reference, parse_reference
from porter.model import Artifact, EdgeKind, Interpreter, Node, Plan, Side

Address = Callable[[Node, Artifact], str]
"""Where a file of a node is served today (``https:`` or ``file:``)."""


def is_lock_name(path: Path) -> bool:
    """Whether a file is to be a lock file. `UsageError` for a TOML name of no lock."""
    if path.suffix == ".toml" and not is_valid_pylock_path(path):
        raise UsageError(
            f"{path.name} is no name for a lock file",
            hint="PEP 751 wants pylock.toml or pylock.NAME.toml (no further dots in NAME).",
        )
    return path.suffix == ".toml"


def encode_pylock(plan: Plan, address: Address) -> bytes:
    """The lock file of a plan's target; the same for the same plan and addresses.

    A release that several interpreters share under the same file is one entry. Raises
    `porter.errors.UsageError` when a package has neither a wheel nor a source.
    """
    nodes = [node for node in plan.nodes if node.side is Side.TARGET]
    if missing := [f"{node.name} {node.version}" for node in nodes if file_of(node) is None]:
        raise UsageError(
            f"a lock file cannot hold what has no source: {', '.join(missing)}",
            hint="Give it a source in a recipe (recipes/NAME.toml).",
        )
    interpreters = plan.target.interpreters
    lock = Pylock(
        lock_version=Version("1.0"),
        environments=[_environment(plan, interpreter) for interpreter in interpreters],
        requires_python=SpecifierSet(f">={min(interpreters).version}"),
        created_by="porter",
        packages=[_package(plan, group, address) for group in _groups(nodes)],
    )
    lock.validate()
    return _toml(lock.to_dict()).encode()


def _groups(nodes: Sequence[Node]) -> list[tuple[Node, ...]]:
    """Nodes that are one thing: the same file of the same release, for several interpreters."""
    return sorted(alike(nodes), key=lambda group: _order(group[0]))


def _order(node: Node) -> tuple[str, str, str]:
    file = file_of(node)
    return (node.name, str(node.version), "" if file is None else file.sha256)


def _environment(plan: Plan, interpreter: Interpreter) -> Marker:
    return Marker(
        f"{_python(interpreter)} and implementation_name == 'cpython' "
        f"and sys_platform == 'linux' and platform_machine == '{plan.target.platform.arch}'"
    )


def _python(interpreter: Interpreter) -> str:
    return f"python_version == '{interpreter.version}'"


def _package(plan: Plan, group: Sequence[Node], address: Address) -> Package:
    node = group[0]
    pythons = [_python(each.interpreter) for each in group]
    everywhere = len(group) == len(plan.target.interpreters)
    file = file_of(node)
    assert file is not None, "such nodes were refused before"  # noqa: S101  # for the type checker
    return Package(
        name=node.name,
        version=node.version,
        marker=None if everywhere else Marker(" or ".join(pythons)),
        dependencies=_dependencies(plan, group) or None,
        **_distribution(node, file, address(node, file)),
    )


def _distribution(node: Node, file: Artifact, url: str) -> dict[str, Any]:
    if url.startswith("git+"):
        return {"vcs": _repository(parse_reference(url))}
    facts: dict[str, Any] = {
        "upload_time": file.upload_time,
        **_place(url),
        "size": file.size,
        "hashes": {"sha256": file.sha256},
    }
    if file.url is not None:  # its readers are not to look for it anywhere else
        return {"archive": PackageArchive(**facts)}
    if file is node.wheel:
        return {"wheels": [PackageWheel(name=file.filename, **facts)]}
    if _is_named_as_sdist(node, file):
        return {"sdist": PackageSdist(name=file.filename, **facts)}
    return {"archive": PackageArchive(**facts)}


def _repository(reference: Reference) -> PackageVcs:
    return PackageVcs(
        type="git",
        **_place(reference.url.removeprefix("git+")),
        commit_id=reference.revision,
        subdirectory=reference.subdirectory or None,
    )


def _is_named_as_sdist(node: Node, file: Artifact) -> bool:
    """A recipe's source may be an archive of any name, or another project's sdist."""
    try:
        return parse_sdist_filename(file.filename) == (node.name, node.version)
    except InvalidSdistFilename:
        return False


def _place(url: str) -> dict[str, str]:
    """``path`` for a file of this machine, else ``url``; never with somebody's password in it."""
    parts = urlsplit(url)
    if parts.scheme in ("file", ""):
        return {"path": unquote(parts.path)}
    host = parts.netloc.rpartition("@")[2]
    return {"url": urlunsplit((parts.scheme, host, parts.path, parts.query, ""))}


def _dependencies(plan: Plan, group: Sequence[Node]) -> list[dict[str, str]]:
    ids = {node.id for node in group}
    ends = {e.end for e in plan.edges if e.start in ids and e.kind is EdgeKind.INSTALL}
    found = {(node.name, str(node.version)) for node in plan.nodes if node.id in ends}
    return [{"name": name, "version": version} for name, version in sorted(found)]


# --- TOML -----------------------------------------------------------------------------------------


def _toml(document: Mapping[str, Any]) -> str:
    lines = [f"{key} = {_value(value)}" for key, value in document.items() if key != "packages"]
    for package in document["packages"]:
        lines += ["", "[[packages]]"]
        lines += [f"{key} = {_value(value)}" for key, value in package.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    """A value on one line, but arrays of tables with one table on each."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{key} = {_value(item)}' for key, item in value.items())} }}"
    if isinstance(value, list | tuple):
        return "[\n" + "".join(f"    {_value(item)},\n" for item in value) + "]"
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
