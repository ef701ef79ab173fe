"""What the library does not know yet, notes and their places, is put there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

from .errors import StorageError
from .events import Events
from .library import Library
from .outbox import STORAGE_PAUSE, Outbox, Settled
from .protocol import NoteIndexed
from .stages import cut
from .workers import Workers

log = logging.getLogger(__name__)

#: Notes at a time: what each costs alone, a call of a worker and two transactions, they share.
MOST_AT_ONCE = 20
#: Seconds between two looks, so that what comes fast comes together.
ROUND = 0.1
#: Seconds that it lets captures go first, which need the same processors: a thousand of them are
#: read meanwhile, which indexing beside them would slow by a fifth.
PATIENCE = 60.0


class Indexing:
    """Follows pipeline and dispatch: what the index costs, no note waits for on its way."""

    def __init__(
        self,
        outbox: Outbox,
        library: Library,
        workers: Workers,
        events: Events,
        *,
        reading: Callable[[], bool],
    ) -> None:
        """*reading*: whether captures are being read."""
        self._outbox = outbox
        self._library = library
        self._workers = workers
        self._events = events
        self._reading = reading
        self._more = asyncio.Event()
        self._under_way = False

    def look(self) -> None:
        """A note was made, or a delivery has its receipt."""
        self._more.set()

    @property
    def busy(self) -> bool:
        return self._under_way

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._give_way()
            self._more.clear()
            some = True
            while some:
                some = await self._indexed_some()
                await asyncio.sleep(ROUND)
            await self._more.wait()

    async def _give_way(self) -> None:
        """Wait while captures are read, but not for ever: what has begun then is ended."""
        for _ in range(round(PATIENCE / ROUND)):
            if not self._reading():
                return
            await asyncio.sleep(ROUND)

    async def _indexed_some(self) -> bool:
        """Index the oldest; false when there was nothing to do, or no room for it."""
        try:
            ids = await self._outbox.to_index(limit=MOST_AT_ONCE)
            settled = await self._outbox.to_place(limit=MOST_AT_ONCE)
            self._under_way = bool(ids or settled)
            if ids:
                await self.index(ids)
            if settled:
                await self._place(settled)
        except StorageError as error:
            log.error("the library has to wait: %s", error.code)
            asyncio.get_running_loop().call_later(STORAGE_PAUSE, self.look)
            return False
        finally:
            self._under_way = False
        return bool(ids or settled)

    async def index(self, ids: list[str]) -> None:
        """Tell the library of notes, at least of the first; a lost one or a bug is told in the log.

        Raises:
            StorageError: A disk did not take it.
        """
        try:
            entries = await self._workers.run(cut, self._outbox.spool, ids)
            await self._library.versions(await self._outbox.versions(entries))
            await self._library.put([entry for entry in entries.values() if entry])
        except StorageError:
            raise
        except Exception:  # it is on its way all the same
            if len(ids) > 1:  # one of them did it
                for id in ids:
                    await self.index([id])
                return
            log.exception("note %s cannot be indexed", ids[0])
            entries = dict.fromkeys(ids)
        for id, entry in entries.items():
            if entry is None:
                log.warning("note %s cannot be found by a search", id)
        await self._outbox.indexed(entries)
        self._tell(id for id, entry in entries.items() if entry)

    async def _place(self, settled: list[Settled]) -> None:
        try:
            await self._library.stored([(d.capture, d.backend, d.receipt, d.at) for d in settled])
        except StorageError:
            raise
        except Exception:  # the receipts are in the outbox all the same
            log.exception("the places of %s deliveries are not indexed", len(settled))
        await self._outbox.placed([delivery.id for delivery in settled])
        self._tell(dict.fromkeys(delivery.capture for delivery in settled))

    def _tell(self, ids: Iterable[str]) -> None:
        """The library knows more of these notes than before."""
        for id in ids:
            self._events.tell(NoteIndexed(capture=id))
