"""Accepted captures become notes: read → summarize → note → enqueue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from .errors import DaemonError, StorageError, SummaryError
from .events import Events
from .library import Library
from .model import Capture, CaptureState, Draft, Fault, Note, Summary
from .note import note_from, note_language, tags_of
from .outbox import Outbox, Reading
from .protocol import INTERNAL, CaptureFailed, DraftReady, NoteEnqueued, NoteView, fault_of
from .settings import Settings
from .spool import read_request
from .summarizers import Summarizer
from .workers import Workers

if TYPE_CHECKING:
    from lxml import etree

log = logging.getLogger(__name__)

#: Seconds until a capture is tried again whose result the disk did not take.
STORAGE_PAUSE = 30.0
#: More under way than there are workers, so that one big page does not keep small ones waiting.
MOST_AT_ONCE = 4
#: Characters of plain text kept beside a draft: more than a summary's extract can use.
MOST_TEXT = 1_000_000
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
        if reading.draft is None:
            raise SummaryError("draft-not-ready", "The text is not ready yet.", "Try again soon.")
        capture = await self._workers.run(read_capture, reading.file)
        language = self._language(capture, reading.draft)
        async for piece in self._summarizer().summarize(reading.draft, language=language):
            yield piece

    async def _to_read(self) -> list[str]:
        try:
            return await self._outbox.to_read()
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
        capture, draft = await self._read(reading)
        if reading.state == CaptureState.DRAFT:
            await self._outbox.keep_draft(reading.id, draft)
            self._events.tell(DraftReady(capture=reading.id))
            return
        note = await self._note(reading, capture, draft)
        await self._enqueue(reading, note)
        await self._library.add(note)  # takes its time for a long note, which is on its way now

    async def _enqueue(self, reading: Reading, note: Note) -> None:
        plan = self._settings().plan_named(reading.plan)
        deliveries = await self._outbox.enqueue(note, plan.backends, now=datetime.now(UTC))
        log.info("capture %s became a note for %s", reading.id, ", ".join(plan.backends))
        view = NoteView(note.id, note.title)
        event = NoteEnqueued(capture=reading.id, note=view, deliveries=tuple(deliveries))
        self._events.tell(event)
        self._enqueued()

    async def _read(self, reading: Reading) -> tuple[Capture, Draft]:
        if reading.draft is None:
            return await self._workers.run(read, reading.file)
        return await self._workers.run(read_capture, reading.file), reading.draft

    async def _note(self, reading: Reading, capture: Capture, draft: Draft) -> Note:
        language = self._language(capture, draft)
        if reading.summary is not None:
            written: Summary | None = Summary(
                markdown=reading.summary, tags=tags_of(reading.summary), made_by="user"
            )
        elif self._settings().plan_named(reading.plan).summary:
            written = await self._summary(reading.id, draft, language)
        else:
            written = None
        # In a worker too, as a long article would hold up everybody else for as long.
        return await self._workers.run(
            note_from,
            draft,
            written,
            id=reading.id,
            archived_at=_local(capture.captured_at),
            language=language,
        )

    async def _summary(self, id: str, draft: Draft, language: str) -> Summary | None:
        """The summary; None when it failed, for that never holds a note back."""
        try:
            summarizer = self._summarizer()
            async with asyncio.timeout(SUMMARY_LIMIT):
                pieces = [piece async for piece in summarizer.summarize(draft, language=language)]
        except (DaemonError, TimeoutError) as error:
            log.warning("capture %s gets no summary: %s", id, getattr(error, "code", "timeout"))
            return None
        except Exception:  # nor does a bug of a summarizer hold it back
            log.exception("capture %s gets no summary", id)
            return None
        markdown = "".join(pieces).strip()
        return Summary(markdown=markdown, tags=tags_of(markdown), made_by=summarizer.name)

    def _language(self, capture: Capture, draft: Draft) -> str:
        return note_language(self._settings().language, capture.interface_language, draft.language)


def load() -> None:
    """Load what reading a page needs, 0.4 s of it. Runs first in each worker."""
    import rjieba  # noqa: PLC0415  its dictionary loads with its first use

    from . import extract  # noqa: F401, PLC0415  the daemon itself never loads lxml
    from .markdown import plain, writer  # noqa: F401, PLC0415  as above

    rjieba.cut("预热")


def read(file: Path) -> tuple[Capture, Draft]:
    """The capture in *file*, without its HTML, and its article as Markdown. Runs in a worker.

    Raises:
        LostError: The file is gone or damaged.
        ExtractionError: The page holds no text.
    """
    from .extract import parse  # noqa: PLC0415  the daemon itself never loads lxml

    request = read_request(file)
    page = parse(request.chosen_html)
    whole = request.chosen_html is not request.html
    capture = _without_html(request)
    del request  # the tree of a large page is large enough without its source
    return capture, draft_from(page, capture, whole=whole)


def read_capture(file: Path) -> Capture:
    """The capture in *file*, without its HTML. Runs in a worker.

    Raises:
        LostError: The file is gone or damaged.
    """
    return _without_html(read_request(file))


def draft_from(page: etree._Element, capture: Capture, *, whole: bool) -> Draft:
    """The parsed *page* of a capture → Article → Draft. Runs in a worker.

    Raises:
        ExtractionError: The page holds no text and no image.
    """
    from .extract import extract, own_address, text_of  # noqa: PLC0415  as above
    from .markdown.writer import render  # noqa: PLC0415  as above

    url = own_address(capture.canonical or "", capture.url) or capture.url
    article = extract(page, url, title=capture.title, whole=whole)
    return Draft(
        url=article.url,
        title=article.title,
        markdown=render(article.body),
        text=text_of(article.body)[:MOST_TEXT],
        byline=article.byline,
        published=article.published,
        site=article.site,
        language=article.language or capture.language,
    )


def _local(moment: datetime) -> datetime:
    """The moment in this machine's time; one at the edge of the calendar as it is."""
    try:
        return moment.astimezone()
    except OverflowError:
        return moment


def _without_html(capture: Capture) -> Capture:
    return msgspec.structs.replace(capture, html="", selection=None)
