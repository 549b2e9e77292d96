"""Serves a `Universe` on the loopback interface, in a process of its own.

``python -m lib.server SEED PROJECTS`` writes its address and serves until it is ended.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from lib.universe import JSON, Universe


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet for an answer: head and body apart wait for each other (Nagle)

    def __init__(self, universe: Universe, *args: Any) -> None:
        self._universe = universe
        super().__init__(*args)

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        body, kind = None, "text/plain"
        if parts[0] == "simple" and len(parts) == 2:
            body, kind = self._universe.page(parts[1]), JSON
        elif parts[0] == "files" and parts[1].endswith(".metadata"):
            body = self._universe.metadata(parts[1].removesuffix(".metadata"))
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body or b"")))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client that has its answer may end without a word."""


@contextmanager
def served(universe: Universe) -> Iterator[str]:
    """The address of the universe's simple index."""
    command = [sys.executable, "-m", "lib.server", str(universe.seed), str(universe.projects)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def main() -> None:
    """Serve until ended."""
    universe = Universe(int(sys.argv[1]), int(sys.argv[2]))
    server = _Server(("127.0.0.1", 0), partial(_Handler, universe))
    print(f"http://127.0.0.1:{server.server_port}/simple/", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
