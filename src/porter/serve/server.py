"""The server itself: a socket, and uvicorn on it until somebody stops it."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn

from porter.errors import SurroundingsError, UsageError
from porter.serve.feed import Look
from porter.serve.live import Live
from porter.serve.shelf import Shelf
from porter.serve.site import site

_GRACE = 1
"""Seconds that open transfers have to end."""
_WAITING = 512
"""Connections the kernel keeps until they are accepted."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A socket that takes connections."""

    socket: socket.socket
    host: str
    """As it was asked for."""

    @property
    def address(self) -> str:
        """As it stands in a URL: ``127.0.0.1:8000``."""
        port = self.socket.getsockname()[1]
        return f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.socket.getsockname()[0].partition("%")[0]).is_loopback


def bind(host: str, port: int) -> Bound:
    """A socket on that address; port 0 is a free one.

    Raises:
        UsageError: there is no such address.
        SurroundingsError: it cannot be had.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (OSError, UnicodeError, OverflowError) as error:
        raise UsageError(f"--host {host}: there is no such address: {error}") from error
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_WAITING)
    except OSError as error:
        made.close()
        hints = {
            errno.EADDRINUSE: "Another program has it. Try --port N; 0 takes a free one.",
            errno.EACCES: "Ports below 1024 are the administrator's. Try --port N.",
            errno.EADDRNOTAVAIL: "This machine has no such address; 0.0.0.0 means all it has.",
        }
        raise SurroundingsError(
            f"cannot listen on {host}, port {port}: {error.strerror}",
            hint=hints.get(error.errno or 0),
        ) from error
    return Bound(made, host)


def serve(bound: Bound, shelf: Shelf, look: Look) -> None:
    """Serve until a signal comes; then `KeyboardInterrupt`, by whoever handles signals."""
    live = Live(look, events="events")
    app = site(shelf, live, host=bound.host if bound.is_loopback else None)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    _Server(config, live.end).run(sockets=[bound.socket])


class _Server(uvicorn.Server):
    """Lets those who follow a run go before it waits for open requests."""

    def __init__(self, config: uvicorn.Config, let_go: Callable[[], None]) -> None:
        super().__init__(config)
        self._let_go = let_go

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the endless answers, give the others a moment, and cut who does not read."""
        self._let_go()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE)
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await super().shutdown(sockets)
