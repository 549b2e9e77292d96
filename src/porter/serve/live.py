"""The report page and what changes in it, for many watchers who look once together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

from porter.errors import PorterError
from porter.report.page import document, page
from porter.serve.feed import Feed, Look, Seen

_PACE = 1.0
"""Seconds between two looks, at least; and a look takes a fifth of the time at most."""
_SHARE = 5
_STILL_HERE = 15.0
"""Seconds after which a watcher hears something, so that dead connections are noticed."""


class Live:
    """Looks while somebody watches. To be used in one event loop."""

    def __init__(self, look: Look, *, events: str) -> None:
        self._look = look
        self._events = events
        self._feed = Feed()
        self._seen: Seen | None = None
        self._trouble: PorterError | None = None
        self._page: tuple[str, bytes] = ("", b"")
        self._busy = asyncio.Lock()
        self._next = float("-inf")
        self._over = asyncio.Event()

    async def page(self) -> tuple[str, bytes]:
        """The page as it stands, and what names that; raises `PorterError` if there is none."""
        await self._refresh()
        async with self._busy:
            token, seen = self._feed.token, self._seen
            if self._trouble is not None:
                raise self._trouble
            if seen is not None and self._page[0] != token:
                events = f"{self._events}?since={token}"
                made = await asyncio.to_thread(page, seen.report, events=events)
                self._page = (token, made)
            return self._page

    async def follow(self, token: str) -> AsyncIterator[str]:
        """Server-sent events for a page that has a token's document, until `end`."""
        heard = time.monotonic()
        while not self._over.is_set():
            await self._refresh()
            message = self._feed.message(token) if self._seen else None
            if message is not None:
                token, heard = self._feed.token, time.monotonic()
                yield f"id: {token}\nevent: {message[0]}\ndata: {message[1]}\n\n"
            elif time.monotonic() - heard > _STILL_HERE:
                heard = time.monotonic()
                yield ": still here\n\n"
            await self._pause()

    def end(self) -> None:
        """Let all watchers go."""
        self._over.set()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._over.wait(), _PACE)
        except TimeoutError:
            return

    async def _refresh(self) -> None:
        """Look again, if the last look is long enough ago."""
        async with self._busy:
            began = time.monotonic()
            if began < self._next:
                return
            try:
                await self._take(await asyncio.to_thread(self._look))
                self._trouble = None
            except PorterError as error:  # no plan, or none any more: there may be one again
                self._trouble = error
            now = time.monotonic()
            self._next = now + max(_PACE, _SHARE * (now - began))

    async def _take(self, seen: Seen) -> None:
        if seen is not self._seen:
            self._feed.update(seen.plan, await asyncio.to_thread(document, seen.report))
            self._seen = seen
