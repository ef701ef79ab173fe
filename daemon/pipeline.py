"""Accepted captures become notes: read → summarize → note → enqueue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import msgspec

from .errors import DaemonError, ExtractionError, LostError, StorageError, SummaryError
from .events import Events
from .library import Library
from .model import CaptureState, Fault, Summary
from .note import note_language, summary_from
from .outbox import Outbox, Reading
from .protocol import INTERNAL, CaptureFailed, DraftReady, NoteEnqueued, NoteView, fault_of
from .settings import Settings
from .stages import write_draft, write_note
from .summarizers import Offline, Summarizer
from .workers import Workers

log = logging.getLogger(__name__)

#: Seconds until a capture is tried again whose result the disk did not take.
STORAGE_PAUSE = 30.0
#: More under way than there are workers, so that one big page does not keep small ones waiting.
MOST_AT_ONCE = 4
#: Seconds for one summary, whichever summarizer writes it.
SUMMARY_LIMIT = 300.0


class Pipeline:
    """Takes each capture as far as it can go: a draft to its text, the others to their note."""

    def __init__(
        self,
        outbox: Outbox,
        library: Library,
        workers: Workers,
        events: Events,
        *,
        settings: Callable[[], Settings],
        summarizer: Callable[[], Summarizer],
        enqueued: Callable[[], None],
    ) -> None:
        self._outbox = outbox
        self._library = library
        self._workers = workers
        self._events = events
        self._settings = settings
        self._summarizer = summarizer
        self._enqueued = enqueued
        self._more = asyncio.Event()
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
                for id in await self._to_read():
                    if id not in self._under_way and len(self._under_way) < MOST_AT_ONCE:
                        self._under_way.add(id)
                        tasks.create_task(self._advance(id))
                await self._more.wait()

    @property
    def busy(self) -> bool:
        return self._under_way != self._waiting

    async def summary_of(self, id: str) -> AsyncIterator[str]:
        """The summary of a draft, in pieces, on request.

        Raises:
            UnknownError: There is no such capture.
            SummaryError: There will be none.
        """
        reading = await self._outbox.reading(id)
        if not reading.has_draft:
            raise SummaryError("draft-not-ready", "The text is not ready yet.", "Try again soon.")
        draft = await self._outbox.draft(id)
        language = note_language(*self._languages(reading), draft.language)
        async for piece in self._summarizer().summarize(draft, language=language):
            yield piece

    async def _to_read(self) -> list[str]:
        try:
            # Those under way are among them; so at least one more is, if there is one.
            return await self._outbox.to_read(limit=2 * MOST_AT_ONCE)
        except StorageError as error:
            log.error("the pipeline has to wait: %s", error.code)
            asyncio.get_running_loop().call_later(STORAGE_PAUSE, self.look)
            return []

    async def _advance(self, id: str) -> None:
        try:
            await self._take_or_fail(id)
        except StorageError as error:
            log.error("capture %s has to wait: %s", id, error.code)
            self._waiting.add(id)
            await asyncio.sleep(STORAGE_PAUSE)
            self._waiting.discard(id)
        finally:
            self._under_way.discard(id)
            self._more.set()

    async def _take_or_fail(self, id: str) -> None:
        """Raises StorageError when the capture has to wait for the disk."""
        try:
            await self._take(await self._outbox.reading(id))
        except StorageError:
            raise
        except DaemonError as error:
            log.warning("capture %s failed: %s", id, error.code)
            await self._fail(id, fault_of(error))
        except Exception:  # a bug of ours must not stop the other captures; it is told as one
            log.exception("capture %s failed", id)
            await self._fail(id, INTERNAL)

    async def _fail(self, id: str, error: Fault) -> None:
        await self._outbox.fail(id, error)
        self._events.tell(CaptureFailed(capture=id, error=error))

    async def _take(self, reading: Reading) -> None:
        if reading.state == CaptureState.DRAFT:
            await self._drafted(reading)
            self._events.tell(DraftReady(capture=reading.id))
            return
        if reading.state == CaptureState.ACCEPTED:
            await self._enqueue(reading, await self._noted(reading))
        # It takes its time for a long note, which is on its way now.
        await self._index(reading.id)

    async def _index(self, id: str) -> None:
        """Tell the library of the note; what is lost of it, or a bug, is told in the log."""
        try:
            await self._library.add(await self._outbox.note(id))
        except StorageError:
            raise
        except LostError as error:
            log.warning("note %s cannot be found by a search: %s", id, error.code)
        except Exception:  # it is on its way all the same
            log.exception("note %s cannot be found by a search", id)
        await self._outbox.indexed(id)

    async def _drafted(self, reading: Reading) -> Reading:
        title = await self._workers.run(write_draft, self._outbox.spool, reading.id)
        await self._outbox.drafted(reading.id, title)
        return msgspec.structs.replace(reading, has_draft=True)

    async def _enqueue(self, reading: Reading, title: str) -> None:
        backends = self._settings().plan_named(reading.plan).backends
        now = datetime.now(UTC)
        deliveries = await self._outbox.enqueue(reading.id, title, backends, now=now)
        log.info("capture %s became a note for %s", reading.id, ", ".join(backends))
        view = NoteView(reading.id, title)
        event = NoteEnqueued(capture=reading.id, note=view, deliveries=tuple(deliveries))
        self._events.tell(event)
        self._enqueued()

    async def _noted(self, reading: Reading) -> str:
        """Write the note into the spool, with its summary; its title."""
        if reading.has_note:
            with suppress(LostError):
                return (await self._outbox.note(reading.id)).title
        if reading.summary is not None:
            return await self._written(reading, summary_from(reading.summary, made_by="user"))
        summarizer = self._summarizer_for(reading)
        if summarizer is None:
            return await self._written(reading, None)
        if summarizer.offline is not None:
            return await self._summarized_at_once(reading, summarizer.offline)
        drafted = reading if reading.has_draft else await self._drafted(reading)
        return await self._written(drafted, await self._asked(summarizer, drafted))

    async def _summarized_at_once(self, reading: Reading, summarizer: Offline) -> str:
        """Page, summary and note in one call: between processes each step costs its 2 ms."""
        try:
            return await self._written(reading, summarizer)
        except (SummaryError, ExtractionError) as error:
            # Of what took too much time or memory it is not known whether it was the summary.
            bug = isinstance(error, SummaryError)
            log.warning("capture %s: once more without a summary", reading.id, exc_info=bug)
            return await self._written(reading, None)

    async def _written(self, reading: Reading, summary: Summary | Offline | None) -> str:
        return await self._workers.run(
            write_note,
            self._outbox.spool,
            reading.id,
            has_draft=reading.has_draft,
            archived_at=_local(reading.captured_at),
            languages=self._languages(reading),
            summary=summary,
        )

    def _summarizer_for(self, reading: Reading) -> Summarizer | None:
        """The summarizer if the plan wants a summary and it can be connected."""
        summarizer = None
        if self._settings().plan_named(reading.plan).summary:
            with _no_summary_at_worst(reading.id):
                summarizer = self._summarizer()
        return summarizer

    async def _asked(self, summarizer: Summarizer, reading: Reading) -> Summary | None:
        """The summary of a draft by a service; None when it failed."""
        draft = await self._outbox.draft(reading.id)
        language = note_language(*self._languages(reading), draft.language)
        pieces: list[str] | None = None
        with _no_summary_at_worst(reading.id):
            async with asyncio.timeout(SUMMARY_LIMIT):
                pieces = [piece async for piece in summarizer.summarize(draft, language=language)]
        return summary_from("".join(pieces), made_by=summarizer.name) if pieces else None

    def _languages(self, reading: Reading) -> tuple[str | None, ...]:
        """Whose language the note is in, before that of the article."""
        setting = self._settings().language
        return None if setting == "auto" else setting, reading.interface_language


@contextmanager
def _no_summary_at_worst(id: str) -> Iterator[None]:
    """What goes wrong with a summary is told, and never holds the note back."""
    try:
        yield
    except (DaemonError, TimeoutError) as error:
        log.warning("capture %s gets no summary: %s", id, getattr(error, "code", "timeout"))
    except Exception:  # nor does a bug of a summarizer hold it back
        log.exception("capture %s gets no summary", id)


def _local(moment: datetime) -> datetime:
    """The moment in this machine's time; one at the edge of the calendar as it is."""
    try:
        return moment.astimezone()
    except OverflowError:
        return moment
