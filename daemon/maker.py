"""Makes the note of a capture: its draft, its summary, its images, its form."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import cast

import msgspec

from .download import Address, Limits, download, is_public
from .errors import (
    DaemonError,
    ExtractionError,
    LostError,
    ProtocolError,
    SummaryError,
    TemplateError,
)
from .images import Kept, keep_image
from .model import Anew, Asset, CaptureState, Fault, Summary, Unsaved
from .note import edited, note_language
from .outbox import Outbox, Reading
from .protocol import fault_of
from .settings import Settings
from .stages import Made, checked, write_draft, write_note
from .summarizers import Offline, Piece, Summarizer, joined
from .templating import BUILT_IN
from .workers import Workers

log = logging.getLogger(__name__)

#: Seconds for one summary, whichever summarizer writes it.
SUMMARY_LIMIT = 300.0
#: Seconds for a note in the form of a user's template; one that comes with Guidang takes 0.1.
TEMPLATE_LIMIT = 20.0


class Maker:
    """Reads captures and writes their notes, from file to file of the spool."""

    def __init__(
        self,
        outbox: Outbox,
        workers: Workers,
        *,
        settings: Callable[[], Settings],
        summarizer: Callable[[], Summarizer],
        templates: Path,
        may_connect: Callable[[Address], bool] = is_public,
    ) -> None:
        self._outbox = outbox
        self._workers = workers
        self._settings = settings
        self._summarizer = summarizer
        self._templates = templates
        self._may_connect = may_connect
        self._requested: dict[str, asyncio.Timeout] = {}

    async def draft(self, reading: Reading) -> Reading:
        """Write the draft of a capture; what is known of the capture then.

        Raises:
            LostError, ExtractionError, StorageError: As `write_draft` does.
        """
        title = await self._workers.run(
            write_draft, self._outbox.spool, reading.id, images=self._settings().images
        )
        await self._outbox.drafted(reading.id, title)
        return msgspec.structs.replace(reading, has_draft=True)

    async def make(self, reading: Reading) -> Made:
        """Write the note of a capture, with its summary where there can be one.

        Raises:
            LostError, ExtractionError, StorageError: As `write_note` does.
        """
        if reading.has_note:
            with suppress(LostError):
                return Made((await self._outbox.note(reading.id)).title)
        if (left := await self._left(reading)) is not None:
            return await self._written(reading, left if left.markdown else None)
        summarizer = self._summarizer_for(reading)
        if summarizer is None:
            return await self._written(reading, None)
        if summarizer.offline is not None:
            return await self._written(reading, summarizer.offline)
        drafted = reading if reading.has_draft else await self.draft(reading)
        return await self._written(drafted, await self._asked(summarizer, drafted))

    async def summary_of(self, id: str, tell: Callable[[str | Anew], Awaitable[None]]) -> Summary:
        """Write the summary of a draft on request, and keep it; *tell* hears the pieces.

        Of one draft there is one writing at a time: a second one ends the first.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It is no draft (any more).
            SummaryError: There will be none; what was told is void.
            LostError, ExtractionError, StorageError: As for the draft itself.
        """
        async with self._alone(id):
            summary = await self._requested_summary(await self._outbox.reading(id), tell)
            spool = self._outbox.spool
            summary = await self._workers.run(checked, spool, id, summary)
            await self._outbox.keep_summary(id, summary)
        return summary

    async def _requested_summary(
        self, reading: Reading, tell: Callable[[str | Anew], Awaitable[None]]
    ) -> Summary:
        if reading.state != CaptureState.DRAFT:
            raise ProtocolError(
                "not-a-draft",
                "This capture is no draft.",
                "What is archived is edited in the note.",
            )
        if not reading.has_draft:
            raise SummaryError("draft-not-ready", "The text is not ready yet.", "Try again soon.")
        draft = await self._outbox.draft(reading.id)
        language = note_language(*self._languages(reading), draft.language)
        summarizer, written = self._summarizer(), list[Piece]()
        pieces = summarizer.summarize(draft, language=language)
        # Closed at once when nobody listens any longer: a service is paid for every word.
        async with aclosing(cast("AsyncGenerator[Piece, None]", pieces)):
            async for piece in pieces:
                written.append(piece)
                if not isinstance(piece, Summary):
                    await tell(piece)
        summary = joined(written or [""], summarizer.name)
        if not summary.markdown:
            raise SummaryError("summary-empty", "The summarizer wrote nothing.", "Try once more.")
        return summary

    @asynccontextmanager
    async def _alone(self, id: str) -> AsyncIterator[None]:
        """The only writing on request for draft *id*, of SUMMARY_LIMIT at most.

        Raises:
            SummaryError: It took too long, or another one has begun.
        """
        before = self._requested.get(id)
        if before and not before.expired():
            before.reschedule(0)
        try:
            async with asyncio.timeout(SUMMARY_LIMIT) as limit:
                self._requested[id] = limit
                yield
        except TimeoutError as error:
            replaced = self._requested.get(id) is not limit
            raise (_replaced() if replaced else _too_long()) from error
        finally:
            if self._requested.get(id) is limit:
                del self._requested[id]

    async def _left(self, reading: Reading) -> Summary | None:
        """The summary that the user left in the form: as it was written, edited, or his own."""
        asked = reading.has_draft or reading.remakes is not None  # others never had a form
        written = await self._outbox.written(reading.id) if asked else None
        return written if reading.summary is None else edited(written, reading.summary)

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
        drafted = reading if reading.has_draft else await self.draft(reading)
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
        pieces: list[Piece] = []
        with _no_summary_at_worst(reading.id):
            async with asyncio.timeout(SUMMARY_LIMIT):
                pieces = [piece async for piece in summarizer.summarize(draft, language=language)]
        return joined(pieces, summarizer.name) if pieces else None

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


def _replaced() -> SummaryError:
    return SummaryError(
        "summary-replaced", "The summary is being written anew.", "Look at the newer one."
    )


def _too_long() -> SummaryError:
    return SummaryError(
        "summary-timeout",
        f"The summary took longer than {SUMMARY_LIMIT / 60:g} minutes.",
        "Try again later, or choose a faster model.",
        temporary=True,
    )


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
