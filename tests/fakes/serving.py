"""A site on a real socket of this machine, for whole commands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from fakes.index import FakeFile
from fakes.site import Site


def relative(file: FakeFile) -> FakeFile:
    """The file, linked to where the page itself comes from."""
    return replace(file, file=replace(file.file, url=f"../../files/{file.file.filename}"))


@contextmanager
def serving(site: Site) -> Iterator[str]:
    """Serve on the loopback device; the address of the simple index."""
    with listening(site) as address:
        yield f"{address}simple/"


@contextmanager
def listening(site: Callable[[httpx.Request], httpx.Response]) -> Iterator[str]:
    """Let a site answer on the loopback device; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            request = httpx.Request(
                "GET", f"http://{self.headers['Host']}{self.path}", headers=[*self.headers.items()]
            )
            response = site(request)
            body = response.read()
            self.send_response(response.status_code)
            for name, value in response.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
