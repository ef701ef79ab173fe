"""A backend in memory: keeps each key once, and fails as it is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from daemon.model import Receipt

if TYPE_CHECKING:
    from daemon.backends import Progress
    from daemon.model import Note


class FakeBackend:
    """Raises *failures*, one for each attempt, and then stores.

    Clear `open` to hold it in the middle of an attempt; set it to let it go on.
    """

    def __init__(self, *failures: Exception) -> None:
        self._failures = list(failures)
        self.open = asyncio.Event()
        self.open.set()
        self.begun = asyncio.Event()  #: an attempt is in its middle
        self.asked: list[str] = []  #: the key of each attempt
        self.stored: dict[str, Note] = {}  #: by key
        self.under_way = 0
        self.most_under_way = 0

    async def deliver(self, note: Note, *, key: str, progress: Progress) -> Receipt:
        self.asked.append(key)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            await progress.save({"attempt": len(self.asked)})
            self.begun.set()
            await self.open.wait()
            if self._failures:
                raise self._failures.pop(0)
        finally:
            self.under_way -= 1
        self.stored.setdefault(key, note)
        return Receipt(place=f"memory/{key}")

    async def check(self) -> str:
        return "Notes go to memory."

    async def close(self) -> None:
        """Nothing is held open."""
