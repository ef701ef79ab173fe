"""Summaries: has services write them, within their bounds, and keeps what was paid for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any, NamedTuple, ParamSpec, cast

import msgspec

from .errors import (
    DaemonError,
    ExtractionError,
    LostError,
    ProtocolError,
    StorageError,
    SummaryError,
    summary_failed,
)
from .model import Anew, CaptureState, Draft, Fault, Summary
from .note import edited, note_language
from .outbox import Outbox, Reading
from .protocol import fault_of
from .settings import Settings
from .stages import checked, held_against
from .summarizers import Piece, Summarizer, joined
from .workers import Workers

log = logging.getLogger(__name__)

P = ParamSpec("P")

#: Summaries that services write at the same time.
MOST_ASKED = 4
#: Seconds for one summary, whichever summarizer writes it. A long page takes several answers, each
#: of which has a limit of its own.
SUMMARY_LIMIT = 1800.0
#: Seconds that a note waits for its summary, its turn included: enough for 40 captures at once
#: where an answer takes half a minute, and for a page in parts. Who has archived a page and finds
#: no note thinks it lost; what takes longer is added to the note later.
PATIENCE = 300.0
#: Seconds for which notes do not wait for a service that was not there; another is asked at once.
AWAY_PAUSE = 60.0
_AWAY = frozenset(["service-unreachable", "service-silent"])
#: Seconds to hold one against its article: 20 million characters of prose, 2 million of numbers.
CHECK_LIMIT = 60.0

#: Hears the pieces of a summary as they are written; what came before Anew is void.
Tell = Callable[[str | Anew], Awaitable[None]]


class _Absence(NamedTuple):
    """A service that was not there."""

    fault: Fault
    table: dict[str, Any]  #: its settings; others are another service
    until: float  #: on the loop's clock


class Summaries:
    """The summaries that services write: for notes in the background, for drafts on request."""

    def __init__(
        self,
        outbox: Outbox,
        workers: Workers,
        *,
        settings: Callable[[], Settings],
        summarizer: Callable[[], Summarizer],
    ) -> None:
        self.summarizer = summarizer  #: raises SettingsError
        self._outbox = outbox
        self._workers = workers
        self._settings = settings
        self._asking = asyncio.Semaphore(MOST_ASKED)
        self._absence: _Absence | None = None
        self._requested: dict[str, asyncio.Timeout] = {}
        self._unkept: dict[str, Summary] = {}  # that the disk did not take

    def planned(self, reading: Reading) -> Summarizer | None:
        """The summarizer, if the plan of a capture wants a summary.

        Raises:
            SummaryError: It cannot be connected.
        """
        if not self._settings().planned(reading.plan, reading.url).summary:
            return None
        with _told_as_summary_error():
            return self.summarizer()

    def asks(self, reading: Reading) -> bool:
        """Whether a service is to write the summary of *reading*."""
        if reading.has_note or reading.summary is not None:
            return False
        try:
            summarizer = self.planned(reading)
        except SummaryError:  # told with the note
            return False
        return summarizer is not None and summarizer.offline is None

    async def ask(self, reading: Reading, *, note_waits: bool) -> None:
        """Have a service write the summary of a capture that has its draft, for its note.

        One that was asked for in the form gives way to it. *note_waits*: until then the note is
        held back, so there is an end to it.

        Raises:
            SummaryError: There is none.
            LostError, StorageError: As for the draft itself.
        """
        self._end(reading.id)
        summary = await self._paid_for(reading.id)
        if summary is None:
            with _told_as_summary_error():
                summary = await (self._soon(reading) if note_waits else self._in_turn(reading))
            await self._keep(reading.id, summary)  # whatever becomes of the check
        await self._keep(reading.id, await self.checked(reading.id, summary))

    async def _soon(self, reading: Reading) -> Summary:
        """Raises SummaryError where it takes too long, or its service was away just now."""
        try:
            async with asyncio.timeout(PATIENCE) as patience:
                return await self._in_turn(reading, unless_away=True)
        except TimeoutError as error:
            if not patience.expired():
                raise
            raise _late() from error

    async def _in_turn(self, reading: Reading, *, unless_away: bool = False) -> Summary:
        now, table = asyncio.get_running_loop().time, self._settings().summarizer
        async with self._asking:
            absence = self._absence
            if unless_away and absence and absence.table == table and now() < absence.until:
                raise _still_away(absence.fault)
            try:
                summary = await self._written(reading, _to_nobody)
            except SummaryError as error:
                if error.code in _AWAY and error.temporary:
                    self._absence = _Absence(fault_of(error), table, now() + AWAY_PAUSE)
                raise
            self._absence = None
            return summary

    async def request(self, id: str, tell: Tell) -> Summary:
        """Write the summary of a draft on request, and keep it; *tell* hears the pieces.

        Of one draft there is one writing at a time: a second one ends the first.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It is no draft (any more).
            SummaryError: There will be none; what was told is void.
            LostError, ExtractionError, StorageError: As for the draft itself.
        """
        async with self._alone(id):
            summary = await self._written(await self._draft(id), tell)
            summary = await self.checked(id, summary)
            await self._outbox.keep_summary(id, summary)
        return summary

    async def tried(self, draft: Draft, language: str | None, tell: Tell) -> Summary:
        """Write a summary of a *draft* that belongs to no capture, with the settings of now.

        Raises:
            SettingsError: The summarizer cannot be connected.
            SummaryError: There will be none; what was told is void.
        """
        wishes = note_language(self._settings().wished_language, language)
        summary = await self._asked(draft, wishes, tell)
        return await self._held("a try", summary, held_against, draft, summary)

    async def left(self, reading: Reading) -> Summary | None:
        """The summary that the user left in the form: as it was written, edited, or his own."""
        asked = reading.has_draft or reading.remakes is not None  # others never had a form
        written = await self._outbox.written(reading.id) if asked else None
        return written if reading.summary is None else edited(written, reading.summary)

    async def _draft(self, id: str) -> Reading:
        reading = await self._outbox.reading(id)
        if reading.state != CaptureState.DRAFT:
            raise ProtocolError(
                "not-a-draft",
                "This capture is no draft.",
                "What is archived is edited in the note.",
            )
        if not reading.has_draft:
            raise SummaryError("draft-not-ready", "The text is not ready yet.", "Try again soon.")
        return reading

    @asynccontextmanager
    async def _alone(self, id: str) -> AsyncIterator[None]:
        """The only writing on request for draft *id*.

        Raises:
            SummaryError: Another one has begun.
        """
        self._end(id)
        try:
            async with asyncio.timeout(None) as turn:
                self._requested[id] = turn
                yield
        except TimeoutError as error:
            if not turn.expired():
                raise
            raise _replaced() from error
        finally:
            if self._requested.get(id) is turn:
                del self._requested[id]

    def _end(self, id: str) -> None:
        """End the writing on request for draft *id*, if there is one."""
        turn = self._requested.pop(id, None)
        if turn is not None:
            turn.reschedule(0)

    async def _written(self, reading: Reading, tell: Tell) -> Summary:
        """What the summarizer writes of a draft, with its pieces told as they come.

        Raises:
            SummaryError: There is none, or it took too long; what was told is void.
        """
        draft = await self._outbox.draft(reading.id)
        wishes = self._settings().wished_language, reading.interface_language
        return await self._asked(draft, note_language(*wishes, draft.language), tell)

    async def _asked(self, draft: Draft, language: str, tell: Tell) -> Summary:
        """Raises SummaryError, as `_written`."""
        summarizer = self.summarizer()
        pieces = summarizer.summarize(draft, language=language)
        try:
            async with asyncio.timeout(SUMMARY_LIMIT):
                summary = joined(await _told(pieces, tell) or [""], summarizer.name)
        except TimeoutError as error:
            raise _too_long() from error
        if not summary.markdown:
            raise SummaryError("summary-empty", "The summarizer wrote nothing.", "Try once more.")
        return summary

    async def checked(self, id: str, summary: Summary) -> Summary:
        """*summary* with its doubts; told to be unchecked where they cannot be found.

        Raises:
            LostError: The draft of capture *id*, against which it is held, is gone or damaged.
        """
        return await self._held(id, summary, checked, self._outbox.spool, id, summary)

    async def _held(
        self,
        what: str,
        summary: Summary,
        check: Callable[P, Summary],
        *arguments: P.args,
        **named: P.kwargs,
    ) -> Summary:
        """Raises LostError, as `checked`."""
        try:
            return await self._workers.run_within(CHECK_LIMIT, check, *arguments, **named)
        except LostError:
            raise
        except Exception as error:  # a bug of the check costs neither the summary nor the note
            bug = not isinstance(error, ExtractionError)
            log.warning("the summary of %s is not held against its article", what, exc_info=bug)
            return msgspec.structs.replace(summary, unchecked=True)

    async def _paid_for(self, id: str) -> Summary | None:
        """What was written before the daemon ended, or before the disk was full."""
        return self._unkept.get(id) or await self._outbox.written(id)

    async def _keep(self, id: str, summary: Summary) -> None:
        """Raises StorageError; the summary is kept in memory then, as asking again costs again."""
        self._unkept[id] = summary
        await asyncio.to_thread(self._outbox.spool.keep_summary, id, summary)
        del self._unkept[id]


async def _told(pieces: AsyncIterator[Piece], tell: Tell) -> list[Piece]:
    """All *pieces*, after each was told as it came."""
    written = list[Piece]()
    # Closed at once when nobody listens any longer: a service is paid for every word.
    async with aclosing(cast("AsyncGenerator[Piece, None]", pieces)):
        async for piece in pieces:
            written.append(piece)
            if not isinstance(piece, Summary):
                await tell(piece)
    return written


async def _to_nobody(_: str | Anew) -> None:
    """In the background nobody watches."""


@contextmanager
def _told_as_summary_error() -> Iterator[None]:
    """Whatever goes wrong with a summary, as the error that holds no note back.

    Raises:
        SummaryError: What went wrong.
        LostError, StorageError: As for the draft itself.
    """
    try:
        yield
    except (SummaryError, LostError, StorageError):
        raise
    except DaemonError as error:
        raise SummaryError(error.code, error.message, error.hint) from error
    except Exception as error:  # a bug of a summarizer is told, and holds no note back
        log.exception("a summary failed")
        raise summary_failed(error) from error


def _replaced() -> SummaryError:
    return SummaryError(
        "summary-replaced", "The summary is being written anew.", "Look at the newer one."
    )


def _still_away(fault: Fault) -> SummaryError:
    return SummaryError(fault.code, fault.message, fault.hint, temporary=True)


def _late() -> SummaryError:
    return SummaryError(
        "summary-late",
        f"The summary was not there within {PATIENCE / 60:g} minutes.",
        "It is added when it is written; a faster model takes less time.",
        temporary=True,
    )


def _too_long() -> SummaryError:
    return SummaryError(
        "summary-timeout",
        f"The summary took longer than {SUMMARY_LIMIT / 60:g} minutes.",
        "Choose a faster model, or summarize a selection of the page.",
    )  # not temporary: as much would be paid for once more
