"""A client that asks for one page over and over, on several connections at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of it."""

    requests: int
    seconds: float
    slowest: float
    """Seconds the slowest hundredth took at least."""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def load(port: int, path: str, *, seconds: float, connections: int, accept: str) -> Answered:
    """Ask for a page as often as its server answers; every answer must be a 200."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\n\r\n".encode()
    return asyncio.run(_load(port, request, seconds, connections))


async def _load(port: int, request: bytes, seconds: float, connections: int) -> Answered:
    began = time.perf_counter()
    until = began + seconds
    found = await asyncio.gather(*(_one(port, request, until) for _ in range(connections)))
    times = sorted(taken for one in found for taken in one)
    return Answered(len(times), time.perf_counter() - began, times[int(0.99 * len(times))])


async def _one(port: int, request: bytes, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    now = time.perf_counter()
    while now < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        length = next(line for line in head.lower().split(b"\r\n") if b"content-length:" in line)
        await reader.readexactly(int(length.partition(b":")[2]))
        then, now = now, time.perf_counter()
        times.append(now - then)
    writer.close()
    return times
