"""Accepted captures become notes: read → summarize → note → enqueue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec

from .backoff import next_attempt
from .errors import DaemonError, StorageError, SummaryError
from .events import Events
from .indexing import Indexing
from .library import address_of
from .maker import Maker
from .model import CaptureState, Fault
from .note import Lack
from .outbox import STORAGE_PAUSE, Outbox, Reading
from .protocol import INTERNAL, CaptureFailed, DraftReady, NoteEnqueued, NoteView, fault_of
from .settings import Settings
from .stages import Made
from .summaries import Summaries
from .turns import Turns

log = logging.getLogger(__name__)

#: More under way than there are workers, so that one big page does not keep small ones waiting.
MOST_AT_ONCE = 4


class Pipeline:
    """Takes each capture as far as it can go: a draft to its text, the others to their note."""

    def __init__(
        self,
        outbox: Outbox,
        maker: Maker,
        summaries: Summaries,
        indexing: Indexing,
        events: Events,
        *,
        settings: Callable[[], Settings],
        enqueued: Callable[[], None],
        turns: Turns,
    ) -> None:
        self._outbox = outbox
        self._maker = maker
        self._summaries = summaries
        self._indexing = indexing
        self._events = events
        self._settings = settings
        self._enqueued = enqueued
        self._turns = turns
        self._more = asyncio.Event()
        self._under_way: set[str] = set()
        self._asking: set[str] = set()  # of these, those whose summary a service writes
        self._waiting: set[str] = set()  # of these, those whose result the disk did not take

    def look(self) -> None:
        """Something was accepted or sent off."""
        self._more.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._more.clear()
                free = MOST_AT_ONCE - len(self._under_way - self._asking)
                found = await self._to_read() if free else []
                for reading in [each for each in found if each.id not in self._under_way][:free]:
                    self._under_way.add(reading.id)
                    tasks.create_task(self._advance(reading))
                await self._more.wait()

    @property
    def busy(self) -> bool:
        return self._under_way != self._waiting

    @property
    def reading(self) -> bool:
        """Whether it has work for this machine."""
        return bool(self._under_way - self._waiting - self._asking)

    async def _to_read(self) -> list[Reading]:
        try:
            # Those under way are among them.
            return await self._outbox.to_read(limit=len(self._under_way) + MOST_AT_ONCE)
        except StorageError as error:
            log.error("the pipeline has to wait: %s", error.code)
            asyncio.get_running_loop().call_later(STORAGE_PAUSE, self.look)
            return []

    async def _advance(self, reading: Reading) -> None:
        try:
            await self._take_or_fail(reading)
        except StorageError as error:
            log.error("capture %s has to wait: %s", reading.id, error.code)
            self._waiting.add(reading.id)
            await asyncio.sleep(STORAGE_PAUSE)
            self._waiting.discard(reading.id)
        finally:
            self._under_way.discard(reading.id)
            self._more.set()

    async def _take_or_fail(self, reading: Reading) -> None:
        """Raises StorageError when the capture has to wait for the disk."""
        try:
            await self._take(reading)
        except StorageError:
            raise
        except DaemonError as error:
            log.warning("capture %s failed: %s", reading.id, error.code)
            await self._fail(reading.id, fault_of(error))
        except Exception:  # a bug of ours must not stop the other captures; it is told as one
            log.exception("capture %s failed", reading.id)
            await self._fail(reading.id, INTERNAL)

    async def _fail(self, id: str, error: Fault) -> None:
        await self._outbox.fail(id, error)
        self._events.tell(CaptureFailed(capture=id, error=error))

    async def _take(self, reading: Reading) -> None:
        if reading.state == CaptureState.DRAFT:
            await self._maker.draft(reading)
            self._events.tell(DraftReady(capture=reading.id))
            return
        if reading.state == CaptureState.ACCEPTED and reading.updates:
            await self._update(reading, reading.updates)
        elif reading.state == CaptureState.ACCEPTED:
            await self.enqueue(reading, await self._made(reading))

    async def _update(self, reading: Reading, note: str) -> None:
        """Make a capture the new version of *note*: of the newest that this has by now."""
        async with self._turns.after(lambda: self._outbox.newest(note)) as newest:
            # A note that is there already was never handed over, and its place may be another's.
            again = msgspec.structs.replace(
                reading, has_note=False, remakes=newest, completes=newest
            )
            await self.enqueue(again, await self._made(again))

    async def _made(self, reading: Reading) -> Made:
        """The note of a capture, after a service was asked for its summary, if it is to be."""
        if not self._summaries.asks(reading):
            return await self._maker.make(reading)
        lack = None
        with self._elsewhere(reading.id):
            try:
                reading = await self._maker.draft(reading)
                await self._summaries.ask(reading, note_waits=True)
            except SummaryError as error:
                log.warning("capture %s gets no summary: %s", reading.id, error.code)
                lack = Lack(fault_of(error), self._due(error))
        return await self._maker.make(reading, lack)

    def _due(self, error: SummaryError) -> datetime | None:
        """When a summary that failed is tried again."""
        if not (error.temporary and self._settings().late_summaries):
            return None
        now = datetime.now(UTC)
        return next_attempt(1, retry_after=error.retry_after, since=now, now=now, chance=1)

    @contextmanager
    def _elsewhere(self, id: str) -> Iterator[None]:
        """While a service is waited for, others take the place of capture *id*."""
        self._asking.add(id)
        self._more.set()
        try:
            yield
        finally:
            self._asking.discard(id)

    async def enqueue(self, reading: Reading, made: Made) -> None:
        """Hand the note of a capture over to the backends of its plan.

        Raises:
            StorageError: The disk did not take it.
            SettingsError: There is no such plan any more.
        """
        backends = self._settings().planned(reading.plan, reading.url).backends
        now = datetime.now(UTC)
        deliveries = await self._outbox.enqueue(
            reading.id,
            made.title,
            backends,
            address=address_of(made.page),
            now=now,
            warning=made.warning,
            remakes=reading.remakes,
            lacks_summary=made.lacks_summary,
            summary_due=made.summary_due,
        )
        log.info("capture %s became a note for %s", reading.id, ", ".join(backends))
        self._events.tell(
            NoteEnqueued(
                capture=reading.id,
                note=NoteView(reading.id, made.title),
                deliveries=tuple(deliveries),
                warning=made.warning,
            )
        )
        self._enqueued()
        self._indexing.look()
