"""Accepted captures become notes: read → summarize → note → enqueue."""

from __future__ import annotations

import asyncio
import logging
import math
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .download import Address, Limits, download, is_public
from .errors import (
    DaemonError,
    ExtractionError,
    LostError,
    StorageError,
    SummaryError,
    TemplateError,
)
from .events import Events
from .images import Kept, keep_image
from .library import Library
from .model import Asset, CaptureState, Fault, Summary, Unsaved
from .note import note_language, summary_from
from .outbox import Outbox, Reading
from .protocol import INTERNAL, CaptureFailed, DraftReady, NoteEnqueued, NoteView, Remade, fault_of
from .settings import Settings
from .stages import Made, cut, write_draft, write_note
from .summarizers import Offline, Summarizer
from .templating import BUILT_IN
from .workers import Workers

log = logging.getLogger(__name__)

#: Seconds until a capture is tried again whose result the disk did not take.
STORAGE_PAUSE = 30.0
#: More under way than there are workers, so that one big page does not keep small ones waiting.
MOST_AT_ONCE = 4
#: Seconds for one summary, whichever summarizer writes it.
SUMMARY_LIMIT = 300.0
#: Seconds for a note in the form of a user's template; one that comes with Guidang takes 0.1.
TEMPLATE_LIMIT = 20.0


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
        templates: Path,
        may_connect: Callable[[Address], bool] = is_public,
    ) -> None:
        self._outbox = outbox
        self._library = library
        self._workers = workers
        self._events = events
        self._settings = settings
        self._summarizer = summarizer
        self._enqueued = enqueued
        self._templates = templates

        self._may_connect = may_connect
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
            await self._index(again.id)
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
            return again, await self._noted(again)
        except DaemonError:
            await asyncio.to_thread(spool.remove, new)
            raise

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
            # In a worker: to cut a text into words would hold up its own delivery.
            entry = await self._workers.run(cut, self._outbox.spool, id)
            await self._library.put(entry)
        except StorageError:
            raise
        except DaemonError as error:
            log.warning("note %s cannot be found by a search: %s", id, error.code)
        except Exception:  # it is on its way all the same
            log.exception("note %s cannot be found by a search", id)
        await self._outbox.indexed(id)

    async def _drafted(self, reading: Reading) -> Reading:
        title = await self._workers.run(
            write_draft, self._outbox.spool, reading.id, images=self._settings().images
        )
        await self._outbox.drafted(reading.id, title)
        return msgspec.structs.replace(reading, has_draft=True)

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

    async def _noted(self, reading: Reading) -> Made:
        """Write the note into the spool, with its summary."""
        if reading.has_note:
            with suppress(LostError):
                return Made((await self._outbox.note(reading.id)).title)
        if reading.summary is not None:
            return await self._written(reading, summary_from(reading.summary, made_by="user"))
        summarizer = self._summarizer_for(reading)
        if summarizer is None:
            return await self._written(reading, None)
        if summarizer.offline is not None:
            return await self._written(reading, summarizer.offline)
        drafted = reading if reading.has_draft else await self._drafted(reading)
        return await self._written(drafted, await self._asked(summarizer, drafted))

    async def _written(self, reading: Reading, summary: Summary | Offline | None) -> Made:
        """Write the note, in one call where no image is to be downloaded: between processes each
        step costs its 2 ms.
        """
        made = await self._tried(reading, summary, None)
        if made.wanted:
            drafted = msgspec.structs.replace(reading, has_draft=True)
            made = await self._tried(drafted, summary, await self._downloaded(made))
        return made

    async def _tried(
        self, reading: Reading, summary: Summary | Offline | None, downloads: Kept | None
    ) -> Made:
        """Write the note; without the summary when that failed at hand."""
        try:
            return await self._shaped(reading, summary, downloads)
        except (SummaryError, ExtractionError) as error:
            if not isinstance(summary, Offline):
                raise
            # Of what took too much time or memory it is not known whether it was the summary.
            bug = isinstance(error, SummaryError)
            log.warning("capture %s: once more without a summary", reading.id, exc_info=bug)
            return await self._shaped(reading, None, downloads)

    async def _shaped(
        self, reading: Reading, summary: Summary | Offline | None, downloads: Kept | None
    ) -> Made:
        """Write the note in the form of its template; in the classic one when that fails.

        A user's template may do anything, so it gets the draft from the disk and a short time:
        what the page itself takes, counts elsewhere.
        """
        template = self._settings().template_of(reading.plan)
        if template in BUILT_IN:
            return await self._called(reading, summary, downloads, template, math.inf)
        drafted = reading if reading.has_draft else await self._drafted(reading)
        try:
            return await self._called(drafted, summary, downloads, template, TEMPLATE_LIMIT)
        except (TemplateError, ExtractionError) as error:
            log.warning("capture %s: not in the form of “%s”: %s", reading.id, template, error.code)
            made = await self._called(drafted, summary, downloads, BUILT_IN[0], math.inf)
            return msgspec.structs.replace(made, warning=_template_fault(template, error))

    async def _called(
        self,
        reading: Reading,
        summary: Summary | Offline | None,
        downloads: Kept | None,
        template: str,
        seconds: float,
    ) -> Made:
        return await self._workers.run_within(
            seconds,
            write_note,
            self._outbox.spool,
            reading.id,
            has_draft=reading.has_draft,
            archived_at=reading.archived_at or _local(reading.captured_at),
            languages=self._languages(reading),
            summary=summary,
            template=template,
            templates=self._templates,
            images=self._settings().images,
            downloads=downloads,
        )

    async def _downloaded(self, made: Made) -> Kept:
        """Fetch what the capture did not bring; whatever goes wrong is told with the note."""
        images = self._settings().images
        if not images.download:
            return Kept(unsaved=tuple(Unsaved(url, _NOT_WISHED) for url in made.wanted))
        assets: list[Asset] = []

        async def keep(url: str, data: bytes) -> None:
            width = made.widths.get(url)
            assets.append(await self._workers.run(keep_image, self._outbox.spool, url, data, width))

        unsaved = await download(
            made.wanted,
            keep,
            page=made.page,
            limits=Limits(largest=images.largest),
            allowed=self._may_connect,
        )
        return Kept(tuple(assets), tuple(unsaved))

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


def _template_fault(template: str, error: DaemonError) -> Fault:
    if isinstance(error, TemplateError):
        return fault_of(error)
    return Fault(
        "template-failed",
        f"The template “{template}” took too much time or memory.",
        "Look for a loop without an end; then make the note anew with “guidang remake”.",
    )


#: Why an image stays a link that its user does not want downloaded.
_NOT_WISHED = Fault(
    "image-not-downloaded",
    "The image did not come with the page, and images.download is off.",
    "Its link stays.",
)


def _local(moment: datetime) -> datetime:
    """The moment in this machine's time; one at the edge of the calendar as it is."""
    try:
        return moment.astimezone()
    except OverflowError:
        return moment
