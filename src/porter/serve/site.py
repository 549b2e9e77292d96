"""What is served: the page, its events, and the simple index. Nothing else, and read-only."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from packaging.utils import NormalizedName, canonicalize_name
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from porter.errors import PorterError
from porter.serve import pages
from porter.serve.live import Live
from porter.serve.shelf import Entry, Shelf, Wheel

_METADATA = ".metadata"
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


def site(shelf: Shelf, live: Live, *, host: str | None) -> ASGIApp:
    """The application; with `host` (where it is bound) only this machine may be meant.

    A web page of a stranger can have its own name point to 127.0.0.1 and then read what is served
    there: so requests for other names than this machine's are refused.
    """
    index = _Index(shelf)
    report = _Report(live)
    app = Starlette(
        routes=[
            Route("/", report.page),
            Route("/events", report.events),
            Route("/simple", _to_folder),
            Route("/simple/", index.root),
            Route("/simple/{project}", _to_folder),
            Route("/simple/{project}/", index.project),
            Route("/simple/{project}/{filename}", index.file),
        ]
    )
    app.router.redirect_slashes = False
    return app if host is None else _OfThisMachine(app, host)


class _Report:
    def __init__(self, live: Live) -> None:
        self._live = live

    async def page(self, request: Request) -> Response:
        try:
            token, content = await self._live.page()
        except PorterError as error:
            hint = f"\n{error.hint}" if error.hint else ""
            return PlainTextResponse(f"{error}{hint}\n", 404, _SAFE)
        return _answer(request, _Content(content, "text/html", f'"{token}"'))

    async def events(self, request: Request) -> Response:
        last = request.headers.get("last-event-id")
        token = last or request.query_params.get("since", "")
        if request.method == "HEAD":
            return Response(media_type="text/event-stream")
        return StreamingResponse(
            self._stream(token),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", **_SAFE},
        )

    async def _stream(self, token: str) -> AsyncIterator[str]:
        yield "retry: 2000\n\n"
        async for event in self._live.follow(token):
            yield event


@dataclass(frozen=True, slots=True)
class _Content:
    """A body that is made here, and what names it."""

    body: bytes
    kind: str
    etag: str
    modified: float | None = None
    """Seconds since 1970."""

    @classmethod
    def of(cls, body: bytes, kind: str, modified: float | None = None) -> _Content:
        return cls(body, kind, f'"{hashlib.sha256(body).hexdigest()[:32]}"', modified)


class _Index:
    """The simple index; pages are made once for a state of the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._pages: dict[tuple[str, str], tuple[object, _Content]] = {}

    async def root(self, request: Request) -> Response:
        kind = _kind(request)
        projects = self._shelf.projects()

        def make() -> _Content:
            return _Content.of(pages.root(kind, projects), kind)

        return _answer(request, await self._made(("", kind), projects, make), vary=True)

    async def project(self, request: Request) -> Response:
        kind, (name, entries) = _kind(request), self._entries(request)
        if name != request.path_params["project"]:
            return RedirectResponse(f"../{name}/", 301)

        def make() -> _Content:
            wheels = [wheel for entry in entries if (wheel := self._shelf.wheel(entry))]
            modified = max(entry.modified for entry in entries) / 1e9
            return _Content.of(pages.project(kind, name, wheels), kind, modified)

        return _answer(request, await self._made((name, kind), entries, make), vary=True)

    async def file(self, request: Request) -> Response:
        _, entries = self._entries(request)
        filename = request.path_params["filename"]
        wheel = await self._wheel(entries, filename.removesuffix(_METADATA))
        modified = wheel.entry.modified / 1e9
        if filename.endswith(_METADATA):
            etag = f'"{wheel.metadata_sha256}"'
            content = _Content(wheel.metadata, "application/octet-stream", etag, modified)
            return _answer(request, content)
        path = self._shelf.path(wheel.entry)
        if path is None:
            raise HTTPException(404)
        headers = _headers(f'"{wheel.sha256}"', modified)
        if _is_known(request, f'"{wheel.sha256}"', modified):
            return Response(status_code=304, headers=headers)
        return FileResponse(path, headers=headers, media_type="application/octet-stream")

    async def _made(
        self, key: tuple[str, str], state: object, make: Callable[[], _Content]
    ) -> _Content:
        """The page of this key for a state of the shelf; reading new wheels takes a thread."""
        known = self._pages.get(key)
        if known is None or known[0] != state:
            known = (state, await asyncio.to_thread(make))
            self._pages[key] = known
        return known[1]

    def _entries(self, request: Request) -> tuple[NormalizedName, tuple[Entry, ...]]:
        name = canonicalize_name(request.path_params["project"])
        entries = self._shelf.projects().get(name)
        if entries is None:
            raise HTTPException(404)
        return name, entries

    async def _wheel(self, entries: Sequence[Entry], filename: str) -> Wheel:
        entry = next((entry for entry in entries if entry.filename == filename), None)
        wheel = await asyncio.to_thread(self._shelf.wheel, entry) if entry else None
        if wheel is None:
            raise HTTPException(404)
        return wheel


def _kind(request: Request) -> str:
    kind = pages.negotiate(request.headers.get("accept", ""))
    if kind is None:
        raise HTTPException(406, f"there are {pages.JSON}, {pages.HTML} and {pages.PLAIN}")
    return kind


async def _to_folder(request: Request) -> Response:
    """A project's page has the name of a folder: what it links to stands in it."""
    last = request.url.path.rpartition("/")[2]
    return RedirectResponse(f"{canonicalize_name(last)}/", 301)


def _answer(request: Request, content: _Content, *, vary: bool = False) -> Response:
    headers = _headers(content.etag, content.modified)
    if vary:
        headers["Vary"] = "Accept"
    if _is_known(request, content.etag, content.modified):
        return Response(status_code=304, headers=headers)
    return Response(content.body, headers=headers, media_type=content.kind)


def _headers(etag: str, modified: float | None) -> dict[str, str]:
    headers = {"ETag": etag, "Cache-Control": "no-cache", **_SAFE}
    if modified is not None:
        headers["Last-Modified"] = formatdate(modified, usegmt=True)
    return headers


def _is_known(request: Request, etag: str, modified: float | None) -> bool:
    """Whether the client has it already (RFC 9110, 13.2.2)."""
    if (tags := request.headers.get("if-none-match")) is not None:
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return bool(known & {etag, "*"})
    since = request.headers.get("if-modified-since")
    if since is None or modified is None:
        return False
    try:
        return math.floor(modified) <= parsedate_to_datetime(since).timestamp()
    except ValueError:
        return False


class _OfThisMachine:
    """Refuses requests that name another host."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._names = {"localhost", host.lower().strip("[]")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_named(scope):
            refusal = PlainTextResponse("this server answers for this machine alone\n", 421)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_named(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1:
            return False
        name = _without_port(hosts[0].decode("latin-1").lower())
        return name in self._names or _is_loopback(name)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
