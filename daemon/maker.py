"""Makes the note of a capture: its draft, its summary, its images, its form."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from .download import Address, Limits, download, is_public
from .errors import DaemonError, LimitError, LostError, SummaryError, TemplateError
from .images import Kept, keep_image
from .model import Asset, Fault, Unsaved
from .note import Lack
from .outbox import Outbox, Reading
from .protocol import fault_of
from .settings import Settings
from .stages import Made, Section, write_draft, write_note
from .summaries import Summaries
from .summarizers import Offline
from .templating import BUILT_IN
from .workers import Workers

log = logging.getLogger(__name__)

#: Seconds for a note in the form of a user's template; one that comes with Guidang takes 0.1.
TEMPLATE_LIMIT = 20.0


class Maker:
    """Reads captures and writes their notes, from file to file of the spool."""

    def __init__(
        self,
        outbox: Outbox,
        workers: Workers,
        summaries: Summaries,
        *,
        settings: Callable[[], Settings],
        tags: Callable[[], Awaitable[Sequence[str]]],
        templates: Path,
        may_connect: Callable[[Address], bool] = is_public,
    ) -> None:
        self._outbox = outbox
        self._workers = workers
        self._summaries = summaries
        self._settings = settings
        self._tags = tags
        self._templates = templates
        self._may_connect = may_connect

    async def draft(self, reading: Reading) -> Reading:
        """Write the draft of a capture that has none; what is known of the capture then.

        Raises:
            LostError, ExtractionError, StorageError: As `write_draft` does.
        """
        if reading.has_draft:
            return reading
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
                note = await self._outbox.note(reading.id)
                return Made(note.title, page=note.url)
        if (left := await self._summaries.left(reading)) is not None:
            return await self._written(reading, left if left.markdown else None)
        try:
            summarizer = self._summaries.planned(reading)
        except SummaryError as error:
            return await self._written(reading, Lack(fault_of(error)))
        return await self._written(reading, (summarizer and summarizer.offline) or lack)

    async def summarized(self, reading: Reading) -> Made:
        """Write the note of a capture with a summary that is written now, whatever its plan says.

        Raises:
            SummaryError, SettingsError: There can be none.
            LostError, ExtractionError, StorageError: As `write_note` does.
        """
        summarizer = self._summaries.summarizer()
        if summarizer.offline is not None:
            return await self._written(reading, summarizer.offline)
        drafted = await self.draft(reading)
        await self._summaries.ask(drafted, note_waits=False)
        return await self.make(drafted)

    async def _written(self, reading: Reading, summary: Section) -> Made:
        """Write the note, in one call where no image is to be downloaded and the article is not
        long: between processes each step costs its 2 ms.
        """
        made, downloads = await self._tried(reading, summary, None), None
        drafted = msgspec.structs.replace(reading, has_draft=True)
        if made.wanted:
            downloads = await self._downloaded(made)
            made = await self._tried(drafted, summary, downloads)
        if made.unchecked is not None:
            checked = await self._summaries.checked(reading.id, made.unchecked)
            made = await self._tried(drafted, checked, downloads)
        return made

    async def _tried(self, reading: Reading, summary: Section, downloads: Kept | None) -> Made:
        """Write the note; without the summary when that failed at hand."""
        try:
            return await self._shaped(reading, summary, downloads)
        except (SummaryError, LimitError) as error:
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
        template = self._settings().planned(reading.plan, reading.url).template
        if template in BUILT_IN:
            return await self._called(reading, summary, downloads, template, math.inf)
        drafted = await self.draft(reading)
        try:
            return await self._called(drafted, summary, downloads, template, TEMPLATE_LIMIT)
        except (TemplateError, LimitError) as error:
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
            languages=(self._settings().wished_language, reading.interface_language),
            summary=summary,
            tags=await self._tags() if isinstance(summary, Offline) else (),
            remakes=reading.remakes,
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
