"""Accepted captures become notes: read → summarize → note → enqueue."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from .errors import DaemonError, StorageError
from .events import Events
from .indexing import Indexing
from .maker import Maker
from .model import CaptureState, Fault
from .outbox import STORAGE_PAUSE, Outbox, Reading
from .protocol import INTERNAL, CaptureFailed, DraftReady, NoteEnqueued, NoteView, Remade, fault_of
from .settings import Settings
from .stages import Made

log = logging.getLogger(__name__)

#: More under way than there are workers, so that one big page does not keep small ones waiting.
MOST_AT_ONCE = 4


class Pipeline:
    """Takes each capture as far as it can go: a draft to its text, the others to their note."""

    def __init__(
        self,
        outbox: Outbox,
        maker: Maker,
        indexing: Indexing,
        events: Events,
        *,
        settings: Callable[[], Settings],
        enqueued: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._maker = maker
        self._indexing = indexing
        self._events = events
        self._settings = settings
        self._enqueued = enqueued
        self._more = asyncio.Event()
        self._one_remake = asyncio.Lock()
        self._under_way: set[str] = set()
        self._waiting: set[str] = set()  # of these, those whose result the disk did not take

    def look(self) -> None:
        """Something was accepted or sent off."""
        self._more.set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._more.clear()
                free = MOST_AT_ONCE - len(self._under_way)
                found = await self._to_read() if free else []
                for reading in [each for each in found if each.id not in self._under_way][:free]:
                    self._under_way.add(reading.id)
                    tasks.create_task(self._advance(reading))
                await self._more.wait()

    @property
    def busy(self) -> bool:
        return self._under_way != self._waiting

    async def remake(self, id: str) -> Remade:
        """Make the note of a capture anew from its page, and send it off if it has changed.

        The new note is a capture of its own, whose id follows from the one it remakes: asked again
        after a crash, the same one is made. Of a note that was remade, the newest is remade.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: No note was made of it yet, or a person wrote its text.
            LostError: Its page is not kept any longer.
            ExtractionError, StorageError: As when the note is made for the first time.
        """
        async with self._one_remake:
            reading = await self._outbox.remakable(id)
            old = await self._outbox.note(reading.id)
            again, made = await self._made_again(reading, old.archived_at)
            note = await self._outbox.note(again.id)
            if note.markdown == old.markdown:
                await asyncio.to_thread(self._outbox.spool.remove, again.id)
                return Remade(capture=reading.id, outcome="unchanged", warning=made.warning)
            await self._enqueue(again, made)
            await self._indexing.index([again.id])
            return Remade(capture=again.id, outcome="remade", warning=made.warning)

    async def _made_again(self, reading: Reading, archived_at: datetime) -> tuple[Reading, Made]:
        """The note of a capture from the same page, in the spool under an id of its own."""
        spool = self._outbox.spool
        new = str(uuid.uuid5(uuid.NAMESPACE_URL, f"guidang:remake:{reading.id}"))
        await asyncio.to_thread(spool.copy_capture, reading.id, new)
        again = msgspec.structs.replace(
            reading, id=new, has_draft=False, remakes=reading.id, archived_at=archived_at
        )
        try:
            return again, await self._maker.make(again)
        except DaemonError:
            await asyncio.to_thread(spool.remove, new)
            raise

    async def _to_read(self) -> list[Reading]:
        try:
            # Those under way are among them; so at least one more is, if there is one.
            return await self._outbox.to_read(limit=2 * MOST_AT_ONCE)
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
        if reading.state == CaptureState.ACCEPTED:
            await self._enqueue(reading, await self._maker.make(reading))

    async def _enqueue(self, reading: Reading, made: Made) -> None:
        backends = self._settings().plan_named(reading.plan).backends
        now = datetime.now(UTC)
        deliveries = await self._outbox.enqueue(
            reading.id,
            made.title,
            backends,
            now=now,
            warning=made.warning,
            remakes=reading.remakes,
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
