"""Versions of a note are made one after the other, whoever makes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class Turns:
    """Who makes a newer version of which note now."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Event] = {}

    @property
    def busy(self) -> bool:
        return bool(self._under_way)

    @asynccontextmanager
    async def after(self, newest: Callable[[], Awaitable[str]]) -> AsyncIterator[str]:
        """The *newest* version of a note, of which nobody else makes a newer one meanwhile."""
        while (id := await newest()) in self._under_way:
            await self._under_way[id].wait()  # then another one is the newest
        done = self._under_way[id] = asyncio.Event()
        try:
            yield id
        finally:
            del self._under_way[id]
            done.set()
