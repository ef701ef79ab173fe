"""What happens, told to everybody who listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .protocol import Event

#: A listener this far behind asks GET /captures anyway; so it is let go instead of fed.
MOST_UNREAD = 1000


class Events:
    """Hands each event to every listener; keeps nothing for those who come later."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()
        self._ended = False

    def tell(self, event: Event) -> None:
        for queue in list(self._listeners):
            try:
                queue.put_nowait(event)
            except asyncio.QueueFull:
                self._let_go(queue)

    def end(self) -> None:
        """Let every listener go, and those who still come, as the daemon stops."""
        self._ended = True
        for queue in list(self._listeners):
            self._let_go(queue)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[asyncio.Queue[Event | None]]:
        """A queue of the events from now on; None ends it."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue(MOST_UNREAD)
        self._listeners.add(queue)
        if self._ended:
            self._let_go(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def _let_go(self, queue: asyncio.Queue[Event | None]) -> None:
        self._listeners.discard(queue)
        while queue.full():
            queue.get_nowait()
        queue.put_nowait(None)
