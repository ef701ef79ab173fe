"""Makes the note of a capture: its draft, its summary, its images, its form."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Sequence,
)
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
    StorageError,
    SummaryError,
    TemplateError,
    summary_failed,
)
from .images import Kept, keep_image
from .model import Anew, Asset, CaptureState, Draft, Fault, Summary, Unsaved
from .note import Lack, edited, note_language
from .outbox import Outbox, Reading
from .protocol import fault_of
from .settings import Settings
from .stages import Made, Section, checked, write_draft, write_note
from .summarizers import Offline, Piece, Summarizer, joined
from .templating import BUILT_IN
from .workers import Workers

log = logging.getLogger(__name__)

#: Summaries that services write at the same time.
MOST_ASKED = 4
#: Seconds for one summary, whichever summarizer writes it. A long page takes several answers, each
#: of which has a limit of its own.
SUMMARY_LIMIT = 1800.0
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
        tags: Callable[[], Awaitable[Sequence[str]]],
        templates: Path,
        may_connect: Callable[[Address], bool] = is_public,
    ) -> None:
        self._outbox = outbox
        self._workers = workers
        self._settings = settings
        self._summarizer = summarizer
        self._tags = tags
        self._templates = templates
        self._may_connect = may_connect
        self._asking = asyncio.Semaphore(MOST_ASKED)
        self._requested: dict[str, asyncio.Timeout] = {}
        self._unkept: dict[str, Summary] = {}  # that the disk did not take

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

    async def make(self, reading: Reading, lack: Lack | None = None) -> Made:
        """Write the note of a capture, with its summary where there can be one.

        *lack*: why a service wrote none.

        Raises:
            LostError, ExtractionError, StorageError: As `write_note` does.
        """
        if reading.has_note:
            with suppress(LostError):
                return Made((await self._outbox.note(reading.id)).title)
        if (left := await self._left(reading)) is not None:
            return await self._written(reading, left if left.markdown else None)
        try:
            summarizer = self._summarizer_for(reading)
        except SummaryError as error:
            return await self._written(reading, Lack(fault_of(error)))
        return await self._written(reading, (summarizer and summarizer.offline) or lack)

    async def summarized(self, reading: Reading) -> Made:
        """Write the note of a capture with a summary that is written now, whatever its plan says.

        Raises:
            SummaryError, SettingsError: There can be none.
            LostError, ExtractionError, StorageError: As `write_note` does.
        """
        summarizer = self._summarizer()
        if summarizer.offline is not None:
            return await self._written(reading, summarizer.offline)
        return await self.make(await self.ask(reading))

    def asks(self, reading: Reading) -> bool:
        """Whether a service is to write the summary of *reading*."""
        if reading.has_note or reading.summary is not None:
            return False
        try:
            summarizer = self._summarizer_for(reading)
        except SummaryError:  # told with the note
            return False
        return summarizer is not None and summarizer.offline is None

    async def ask(self, reading: Reading) -> Reading:
        """Have a service write the summary of a capture, for its note.

        Raises:
            SummaryError: There is none.
            LostError, ExtractionError, StorageError: As `write_draft` does.
        """
        if not reading.has_draft:
            reading = await self.draft(reading)
        draft = await self._outbox.draft(reading.id)
        summary = await self._paid_for(reading.id)
        if summary is None:
            summary = await self._asked(draft, self._language(reading, draft))
            await self._keep(reading.id, summary)  # whatever becomes of the check
        await self._keep(reading.id, await self._checked(reading.id, summary))
        return reading

    async def _paid_for(self, id: str) -> Summary | None:
        """What was written before the daemon ended, or before the disk was full."""
        return self._unkept.get(id) or await self._outbox.written(id)

    async def _keep(self, id: str, summary: Summary) -> None:
        """Raises StorageError; the summary is kept in memory then, as asking again costs again."""
        self._unkept[id] = summary
        await asyncio.to_thread(self._outbox.spool.keep_summary, id, summary)
        del self._unkept[id]

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
            summary = await self._checked(id, summary)
            await self._outbox.keep_summary(id, summary)
        return summary

    async def _checked(self, id: str, summary: Summary) -> Summary:
        """*summary* with its doubts; as it is when they cannot be found, for whatever reason."""
        try:
            return await self._workers.run(checked, self._outbox.spool, id, summary)
        except LostError:
            raise
        except Exception as error:  # a bug of the check costs neither the summary nor the note
            bug = not isinstance(error, ExtractionError)
            log.warning("the summary of %s could not be held against its article", id, exc_info=bug)
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
        return await _told(self._summarizer(), draft, self._language(reading, draft), tell)

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

    async def _written(self, reading: Reading, summary: Section) -> Made:
        """Write the note, in one call where no image is to be downloaded: between processes each
        step costs its 2 ms.
        """
        made = await self._tried(reading, summary, None)
        if made.wanted:
            drafted = msgspec.structs.replace(reading, has_draft=True)
            made = await self._tried(drafted, summary, await self._downloaded(made))
        return made

    async def _tried(self, reading: Reading, summary: Section, downloads: Kept | None) -> Made:
        """Write the note; without the summary when that failed at hand."""
        try:
            return await self._shaped(reading, summary, downloads)
        except (SummaryError, ExtractionError) as error:
            if not isinstance(summary, Offline):
                raise
            # Of what took too much time or memory it is not known whether it was the summary.
            bug = isinstance(error, SummaryError)
            log.warning("capture %s: once more without a summary", reading.id, exc_info=bug)
            return await self._shaped(reading, Lack(fault_of(error)), downloads)

    async def _shaped(self, reading: Reading, summary: Section, downloads: Kept | None) -> Made:
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
        summary: Section,
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
            tags=await self._tags() if isinstance(summary, Offline) else (),
            completes=reading.completes,
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
        """The summarizer, if the plan wants a summary.

        Raises:
            SummaryError: It cannot be connected.
        """
        if not self._settings().plan_named(reading.plan).summary:
            return None
        with _told_as_summary_error():
            return self._summarizer()

    async def _asked(self, draft: Draft, language: str) -> Summary:
        """Raises SummaryError, for whatever goes wrong there."""
        with _told_as_summary_error():
            async with self._asking, asyncio.timeout(SUMMARY_LIMIT):
                return await _told(self._summarizer(), draft, language, _to_nobody)

    def _language(self, reading: Reading, draft: Draft) -> str:
        return note_language(*self._languages(reading), draft.language)

    def _languages(self, reading: Reading) -> tuple[str | None, ...]:
        """Whose language the note is in, before that of the article."""
        setting = self._settings().language
        return None if setting == "auto" else setting, reading.interface_language


async def _told(
    summarizer: Summarizer,
    draft: Draft,
    language: str,
    tell: Callable[[str | Anew], Awaitable[None]],
) -> Summary:
    """What *summarizer* writes, with its pieces told as they come.

    Raises:
        SummaryError: There is none; what was told is void.
    """
    written = list[Piece]()
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


async def _to_nobody(_: str | Anew) -> None:
    """In the background nobody watches."""


@contextmanager
def _told_as_summary_error() -> Iterator[None]:
    """Whatever goes wrong with a summary, as the error that holds no note back.

    Raises:
        SummaryError: What went wrong.
        StorageError: The disk did not take something.
    """
    try:
        yield
    except (SummaryError, StorageError):
        raise
    except TimeoutError as error:
        raise _too_long() from error
    except DaemonError as error:
        raise SummaryError(error.code, error.message, error.hint) from error
    except Exception as error:  # a bug of a summarizer is told, and holds no note back
        log.exception("a summary failed")
        raise summary_failed(error) from error


def _replaced() -> SummaryError:
    return SummaryError(
        "summary-replaced", "The summary is being written anew.", "Look at the newer one."
    )


def _too_long() -> SummaryError:
    return SummaryError(
        "summary-timeout",
        f"The summary took longer than {SUMMARY_LIMIT / 60:g} minutes.",
        "Choose a faster model, or summarize a selection of the page.",
    )  # not temporary: as much would be paid for once more


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
