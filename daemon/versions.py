"""Newer versions of notes: made anew from their pages, or with the summary that they lack."""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from .backoff import next_attempt
from .errors import DaemonError, StorageError, SummaryError
from .indexing import Indexing
from .maker import Maker
from .note import Lack
from .outbox import STORAGE_PAUSE, Lacking, Outbox, Reading
from .protocol import Remade
from .stages import Made
from .turns import Turns

log = logging.getLogger(__name__)

#: Hands a note over to the deliveries.
Enqueue = Callable[[Reading, Made], Awaitable[None]]


def _now() -> datetime:
    return datetime.now(UTC)


class Versions:
    """Each version is a capture of its own, whose id follows from the one before it: asked again
    after a crash, the same one is made. Of a note that has versions, the newest is meant.
    """

    def __init__(
        self,
        outbox: Outbox,
        maker: Maker,
        indexing: Indexing,
        *,
        turns: Turns,
        enqueue: Enqueue,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._outbox = outbox
        self._maker = maker
        self._indexing = indexing
        self._turns = turns
        self._enqueue = enqueue
        self._clock = clock
        self._more = asyncio.Event()

    def look(self) -> None:
        """A note went out without its summary."""
        self._more.set()

    @property
    def busy(self) -> bool:
        return self._turns.busy

    async def run(self) -> None:
        """Write summaries that are lacking until cancelled."""
        while True:
            self._more.clear()
            pause = await self._complete_due()
            try:
                async with asyncio.timeout(pause):
                    await self._more.wait()
            except TimeoutError:
                continue  # one has become due

    async def remake(self, id: str) -> Remade:
        """Make the note of a capture anew from its page, and send it off if it has changed.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: No note was made of it yet, or a person wrote its text.
            LostError: Its page is not kept any longer.
            ExtractionError, StorageError: As when the note is made for the first time.
        """
        async with self._turns.after(lambda: self._outbox.newest(id)) as newest:
            reading = await self._outbox.remakable(newest)
            old = await self._outbox.note(reading.id)
            again = await self._version(reading, "remake", old.archived_at)
            lack = Lack(reading.lacks, reading.summary_due) if reading.lacks else None
            made = await self._kept_or_removed(again, self._maker.make(again, lack))
            note = await self._outbox.note(again.id)
            if note.markdown == old.markdown:
                await asyncio.to_thread(self._outbox.spool.remove, again.id)
                return Remade(capture=reading.id, outcome="unchanged", warning=made.warning)
            return await self._sent(again, made)

    async def summarize(self, id: str) -> Remade:
        """Write the summary of an archived note, and send it off with its text as it was.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: No note was made of it yet.
            LostError: Its page is not kept any longer.
            SummaryError: There is none; the note stays as it is.
        """
        async with self._turns.after(lambda: self._outbox.newest(id)) as newest:
            return await self._summarize(await self._outbox.archived(newest))

    async def _summarize(self, reading: Reading) -> Remade:
        """As `summarize`, of the newest version."""
        old = await self._outbox.note(reading.id)
        again = await self._version(reading, "summarize", old.archived_at)
        again = msgspec.structs.replace(again, summary=None, completes=reading.id)
        made = await self._kept_or_removed(again, self._maker.summarized(again))
        return await self._sent(again, made)

    async def _version(self, reading: Reading, purpose: str, archived_at: datetime) -> Reading:
        """The same capture in the spool under an id of its own."""
        new = str(uuid.uuid5(uuid.NAMESPACE_URL, f"guidang:{purpose}:{reading.id}"))
        keeps_text = purpose == "summarize"
        await asyncio.to_thread(
            self._outbox.spool.copy, reading.id, new, draft=keeps_text, summary=not keeps_text
        )
        return msgspec.structs.replace(
            reading,
            id=new,
            has_draft=reading.has_draft and keeps_text,
            remakes=reading.id,
            archived_at=archived_at,
        )

    async def _kept_or_removed(self, again: Reading, making: Awaitable[Made]) -> Made:
        try:
            return await making
        except StorageError:
            raise  # the same is made again when the disk takes it, with the summary paid for
        except DaemonError:
            await asyncio.to_thread(self._outbox.spool.remove, again.id)
            raise

    async def _sent(self, again: Reading, made: Made) -> Remade:
        await self._enqueue(again, made)
        await self._indexing.index([again.id])
        return Remade(capture=again.id, outcome="remade", warning=made.warning)

    async def _complete_due(self) -> float | None:
        """Write the summaries that are due; seconds until the next one, None for none."""
        try:
            now = self._clock()
            lacking, due = await self._outbox.lacking(now=now)
            for each in lacking:
                await self._complete(each)
        except StorageError as error:
            log.error("summaries have to wait: %s", error.code)
            return STORAGE_PAUSE
        if lacking:  # the pauses of these were set meanwhile
            return 0.0
        return None if due is None else (due - now).total_seconds()

    async def _complete(self, lacking: Lacking) -> None:
        """Raises StorageError."""
        due = None
        try:
            async with self._turns.after(lambda: self._outbox.newest(lacking.id)) as newest:
                reading = await self._outbox.archived(newest)
                if reading.lacks:  # an update that was made meanwhile has its own
                    await self._summarize(reading)
        except StorageError:
            raise
        except SummaryError as error:
            log.warning("note %s still lacks its summary: %s", lacking.id, error.code)
            due = _next(lacking, error, self._clock()) if error.temporary else None
        except DaemonError as error:
            log.warning("note %s gets no summary any more: %s", lacking.id, error.code)
        except Exception:  # a bug there must not end the daemon
            log.exception("note %s gets no summary", lacking.id)
        await self._outbox.lacks(lacking.id, due, now=self._clock())


def _next(lacking: Lacking, error: SummaryError, now: datetime) -> datetime | None:
    return next_attempt(
        lacking.asked + 1,
        retry_after=error.retry_after,
        since=lacking.since,
        now=now,
        chance=random.random(),  # noqa: S311  spreads attempts, guards nothing
    )
