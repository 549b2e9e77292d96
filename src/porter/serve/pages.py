"""The pages of a simple index: PEP 503 (HTML) and PEP 691 (JSON), with PEP 658, 700 and 714."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from packaging.utils import NormalizedName

from porter.serve.shelf import Wheel

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "application/vnd.pypi.simple.v1+html"
PLAIN = "text/html"
_ALIASES = {
    "application/vnd.pypi.simple.latest+json": JSON,
    "application/vnd.pypi.simple.latest+html": HTML,
    "application/*": JSON,
    "text/*": PLAIN,
    "*/*": PLAIN,
}
_META = {"api-version": "1.1"}


def negotiate(accept: str) -> str | None:
    """The content type a client likes best; None if it takes none of ours (RFC 9110, 12.5.1)."""
    if not accept.strip():
        return PLAIN
    liked: dict[str, float] = {}
    for part in accept.split(","):
        kind, *parameters = (word.strip().lower() for word in part.split(";"))
        kind = _ALIASES.get(kind, kind)
        if kind in {JSON, HTML, PLAIN}:
            liked[kind] = max(liked.get(kind, 0.0), _quality(parameters))
    best = max(liked, key=lambda kind: (liked[kind], kind == JSON), default=None)
    return best if best and liked[best] > 0 else None


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def root(kind: str, projects: Iterable[NormalizedName]) -> bytes:
    """The page that lists the projects."""
    if kind == JSON:
        return _json({"meta": _META, "projects": [{"name": name} for name in projects]})
    links = (f'<a href="{name}/">{name}</a>' for name in projects)
    return _html("Simple index", links)


def project(kind: str, name: NormalizedName, wheels: Sequence[Wheel]) -> bytes:
    """The page of a project; its files stand beside it."""
    if kind == JSON:
        versions = dict.fromkeys(str(wheel.entry.version) for wheel in wheels)
        files = [_file(wheel) for wheel in wheels]
        return _json({"meta": _META, "name": name, "versions": list(versions), "files": files})
    return _html(f"Links for {name}", map(_link, wheels))


def _file(wheel: Wheel) -> dict[str, Any]:
    entry = wheel.entry
    uploaded = datetime.fromtimestamp(entry.modified // 10**9, UTC)
    file: dict[str, Any] = {
        "filename": entry.filename,
        "url": quote(entry.filename),
        "hashes": {"sha256": wheel.sha256},
        "size": entry.size,
        "upload-time": uploaded.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "core-metadata": {"sha256": wheel.metadata_sha256},
        "yanked": False,
    }
    if wheel.requires_python:
        file["requires-python"] = wheel.requires_python
    return file


def _link(wheel: Wheel) -> str:
    filename, metadata = wheel.entry.filename, f"sha256={wheel.metadata_sha256}"
    attributes = {
        "href": f"{quote(filename)}#sha256={wheel.sha256}",
        # Under both names (PEP 714): older installers know the second one alone.
        "data-core-metadata": metadata,
        "data-dist-info-metadata": metadata,
    }
    if wheel.requires_python:
        attributes["data-requires-python"] = wheel.requires_python
    text = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<a {text}>{html.escape(filename)}</a>"


def _html(title: str, links: Iterable[str]) -> bytes:
    head = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="pypi:repository-version" content="1.1">'
        f"<title>{title}</title></head><body>\n<h1>{title}</h1>\n"
    )
    body = "<br>\n".join(links)
    return f"{head}{body}\n</body></html>\n".encode()


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
