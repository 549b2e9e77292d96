"""A web site with a simple index, for `httpx.MockTransport`: no sockets, all of HTTP's answers."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from packaging.utils import canonicalize_name

from fakes.index import FakeFile

JSON = "application/vnd.pypi.simple.v1+json"
ROOT = "https://index.example/simple/"


@dataclass(frozen=True)
class Answer:
    """What a site sends: `content` goes out as it is, whatever the headers say of it."""

    status: int = 200
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> httpx.Response:
        """As a transport gives it to a client: not read yet."""
        return httpx.Response(
            self.status, headers=dict(self.headers), stream=httpx.ByteStream(self.content)
        )


@dataclass
class Site:
    """Answers for the files given; `pages` (by path) go before what is made of them."""

    projects: Mapping[str, Sequence[FakeFile]] = field(default_factory=dict)
    html_only: bool = False
    sidecars: bool = True
    """Whether there are PEP 658 metadata files."""
    ranges: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with each page."""
    pages: dict[str, Answer] = field(default_factory=dict)
    seen: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        path = request.url.path
        if path in self.pages:
            return self.pages[path].response()
        if path.startswith("/simple/"):
            return self._page(path.split("/")[2], request).response()
        return self._file(path.rpartition("/")[2], request).response()

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.url.path for request in self.seen]

    def transport(self) -> httpx.MockTransport:
        """What a client takes for a network."""
        return httpx.MockTransport(self)

    def _page(self, name: str, request: httpx.Request) -> Answer:
        files = {canonicalize_name(n): f for n, f in self.projects.items()}.get(
            canonicalize_name(name)
        )
        if files is None:
            return Answer(404)
        etag = self.headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return Answer(304, headers=self.headers)
        if self.html_only:
            kind, text = "text/html", html_page(files)
        else:
            kind, text = JSON, json_page(files)
        return Answer(200, text.encode(), {"Content-Type": kind, **self.headers})

    def _file(self, filename: str, request: httpx.Request) -> Answer:
        found = {f.file.filename: f for files in self.projects.values() for f in files}
        if filename in found:
            return _content(found[filename].content, request, ranges=self.ranges)
        wheel = found.get(filename.removesuffix(".metadata"))
        if self.sidecars and wheel and wheel.metadata is not None and wheel.file.is_wheel:
            return Answer(200, wheel.metadata)
        return Answer(404)


def json_page(files: Sequence[FakeFile]) -> str:
    """PEP 691."""
    return json.dumps({"meta": {"api-version": "1.1"}, "files": [link(f) for f in files]})


def link(fake: FakeFile) -> dict[str, Any]:
    """One file as PEP 691 and PEP 700 state it."""
    file = fake.file
    return {
        "filename": file.filename,
        "url": file.url,
        "hashes": {"sha256": file.sha256},
        "size": file.size,
        "upload-time": file.upload_time.isoformat() if file.upload_time else None,
        "requires-python": str(file.requires_python) if file.requires_python else None,
        "yanked": False if file.yanked is None else file.yanked,
    }


def html_page(files: Sequence[FakeFile]) -> str:
    """PEP 503."""
    return "<!DOCTYPE html><html><body>\n" + "".join(map(_anchor, files)) + "</body></html>"


def _anchor(fake: FakeFile) -> str:
    file = fake.file
    python = f' data-requires-python="{html.escape(str(file.requires_python))}"'
    yanked = f' data-yanked="{html.escape(file.yanked or "")}"'
    return (
        f'<a href="{file.url}#sha256={file.sha256}"'
        f"{python if file.requires_python else ''}{yanked if file.yanked is not None else ''}"
        f">{file.filename}</a><br>\n"
    )


def _content(content: bytes, request: httpx.Request, *, ranges: bool) -> Answer:
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if not (ranges and match):
        return Answer(200, content)
    if match[1]:
        start, end = int(match[1]), min(int(match[2]) + 1, len(content))
    else:
        start, end = max(0, len(content) - int(match[2])), len(content)
    stated = {"Content-Range": f"bytes {start}-{end - 1}/{len(content)}"}
    return Answer(206, content[start:end], stated)
