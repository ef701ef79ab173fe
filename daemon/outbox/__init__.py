"""Captures and deliveries: what was accepted, on disk until a backend's receipt settles it.

Texts lie in the spool, for a page may be large, and a large row would hold up every other
transaction for as long as it is written. States lie in SQLite; every change of one is a transaction
that names the state it expects, after the file is on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sqlite3 import Row
from typing import Any

import msgspec

from ..database import Database, passing, query, transaction
from ..errors import LostError, ProtocolError, UnknownError
from ..model import CaptureState, Delivery, DeliveryState, Draft, Fault, Note, Receipt, Summary
from ..protocol import Accepted, CaptureHead, CaptureRequest, CaptureView, Edit
from ..spool import Choices, Spool
from .ledger import Ledger
from .mending import reconcile, verify
from .removals import Removals
from .rows import (
    Lacking,
    Reading,
    Sending,
    Settled,
    as_json,
    capture_values,
    delivery_of,
    lacking_of,
    moment_of,
    reading_of,
    sending_of,
    settled_of,
    stored,
    value_of,
    view_of,
)
from .schema import MIGRATIONS
from .statements import (
    ACCEPT,
    ADD_REMADE,
    ARCHIVED,
    CLAIM,
    COMPLETED,
    DEFER,
    DELIVERED,
    DRAFTED,
    DUE,
    EDIT,
    ENQUEUE,
    FAIL,
    FORGET_TEXTS,
    HOLD_BACK,
    IN_STATE,
    INDEXED,
    LACKING,
    LACKS,
    NEWEST,
    NEWEST_BEFORE,
    NEXT_DUE,
    NEXT_LACKING,
    PAGE,
    PLACED,
    RECEIPT,
    REJECT,
    REMADE,
    REMAKES,
    RESTART,
    RETRY,
    SAVE_PROGRESS,
    SEND_OFF,
    SETTLE,
    SETTLED_BEFORE,
    TO_INDEX,
    TO_PLACE,
    TO_READ,
    TO_SEND,
    UNPLACED,
    UNSETTLED,
    VERSIONS,
)

__all__ = ["STORAGE_PAUSE", "Lacking", "Outbox", "Reading", "Sending", "Settled"]

log = logging.getLogger(__name__)

#: Seconds until those who work with the outbox try again what its disk did not take.
STORAGE_PAUSE = 30.0
#: How old a capture is that shows how late it is.
CLOCK_PROOF = timedelta(days=1)


class Outbox:
    """The durable memory of the daemon. Moments are UTC; the caller brings the clock."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool.of(folder)
        self._database = Database(
            folder / "outbox.sqlite",
            MIGRATIONS,
            verify=lambda: verify(self._database.connection),
            reconcile=lambda: reconcile(self._database.connection, self.spool),
        )
        self.ledger = Ledger(self._database)
        self.removals = Removals(self._database)
        self._one_change = asyncio.Lock()  # of a draft: its file and its state follow each other

    async def open(self) -> None:
        """Open the outbox, and take up what an earlier run left.

        Raises:
            StorageError: Its folder cannot be written, or is of a newer Guidang.
        """
        await asyncio.to_thread(self.spool.open)
        await self._database.open()
        await self._restart()

    async def close(self) -> None:
        await self._database.close()

    async def accept(
        self, request: CaptureHead | CaptureRequest, body: bytes | bytearray, *, now: datetime
    ) -> tuple[Accepted, bool]:
        """Put the capture on disk; when this returns, no crash loses it.

        *body* is the request as it came. The second value is false when the id was known: then
        nothing has changed.

        Raises:
            StorageError: The disk did not take it.
        """
        known = await self._state(request.id)
        if known is not None:
            return Accepted(request.id, known), False
        await asyncio.to_thread(self.spool.keep_capture, request, body)
        state = CaptureState.DRAFT if request.draft else CaptureState.ACCEPTED
        return Accepted(request.id, state), await self._insert(request, state, now)

    @query
    def to_read(self, *, limit: int = 100) -> list[Reading]:
        """Captures whose article or note is still to be made, the oldest first."""
        return [reading_of(row) for row in self._execute(TO_READ, limit)]

    @query
    def to_index(self, *, limit: int) -> list[str]:
        """Notes of which the library was not told, the oldest first."""
        return [row["id"] for row in self._execute(TO_INDEX, limit)]

    @query
    def versions(self, ids: Iterable[str]) -> dict[str, str]:
        """The captures of which these are newer versions, by the id of the newer."""
        found = {id: self._execute(REMADE, id).fetchone() for id in ids}
        return {id: row["remakes"] for id, row in found.items() if row}

    @query
    def all_versions(self, *, after: int, limit: int = 1000) -> tuple[dict[str, str], int]:
        """The same of captures whose number is above *after*, and the number of the last."""
        rows = self._execute(VERSIONS, after, limit).fetchall()
        return {row["id"]: row["remakes"] for row in rows}, rows[-1]["rowid"] if rows else after

    @query
    def in_state(self, state: DeliveryState, backend: str | None = None) -> list[str]:
        """The captures of which a delivery, to *backend* if one is named, is in *state*."""
        return [row["capture"] for row in self._execute(IN_STATE, state, backend)]

    @query
    def reading(self, id: str) -> Reading:
        """What the pipeline needs of capture *id*.

        Raises:
            UnknownError: There is no such capture.
        """
        return reading_of(self._row(id))

    async def remakable(self, id: str) -> Reading:
        """What is to be read to make the newest version of capture *id* anew.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It has no note yet, or a person wrote its text.
            LostError: Its page is not kept any longer.
        """
        reading = await self.archived(id)
        if reading.has_draft and (await self.draft(reading.id)).text is None:
            raise ProtocolError(
                "text-edited",
                "The text of this note was edited before it was archived.",
                "It stays as it is; capture the page again for a new one.",
            )
        return reading

    async def archived(self, id: str) -> Reading:
        """The newest version of capture *id*.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It has no note yet.
        """
        reading = await self.reading(await self.newest(id))
        if reading.state != CaptureState.ARCHIVED:
            raise ProtocolError(
                "not-archived", "No note was made of this capture yet.", "See “guidang status”."
            )
        return reading

    @query
    def newest(self, id: str) -> str:
        """The newest of the versions that began with capture *id*."""
        newest: str = self._execute(NEWEST, id).fetchall()[-1]["id"]
        return newest

    @transaction
    def drafted(self, id: str, title: str) -> None:
        """The article of *id* is in the spool, as a draft of that title."""
        self._execute(DRAFTED, title, id)

    async def draft(self, id: str) -> Draft:
        """The draft of capture *id*.

        Raises:
            LostError: Its file is gone or damaged.
        """
        return await asyncio.to_thread(self.spool.draft, id)

    async def edit(self, id: str, edit: Edit) -> None:
        """Keep the user's edits of a draft.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It is no draft (any more), or its text is not ready.
        """
        async with self._one_change:
            row = await self._editable(id)
            edited = _edited(await self.draft(id), edit)
            await asyncio.to_thread(self.spool.keep_draft, id, edited)
            summary = row["summary"]
            if edit.summary is not None:
                summary = _own(edit.summary, await self.written(id))
            await self._choose(id, Choices(plan=row["plan"], summary=summary))
            await self._change(EDIT, edited.title, summary, id)

    async def written(self, id: str) -> Summary | None:
        """The summary as it was written for a draft; None when none was, or its file is damaged."""
        try:
            return await asyncio.to_thread(self.spool.summary, id)
        except LostError:
            log.warning("capture %s: the summary that was written for it is damaged", id)
            return None

    async def keep_summary(self, id: str, summary: Summary) -> None:
        """Keep what was written for a draft, in place of the summary before and its edits.

        Raises:
            UnknownError, ProtocolError: As for `edit`.
        """
        async with self._one_change:
            row = await self._editable(id)
            await asyncio.to_thread(self.spool.keep_summary, id, summary)
            await self._choose(id, Choices(plan=row["plan"]))
            await self._change(EDIT, row["title"], None, id)

    async def send_off(self, id: str, plan: str | None, *, updates: str | None = None) -> str:
        """A draft, or a capture that failed, becomes a note; returns the state that it had.

        *updates*: the note of which it is to become the new version, in its place.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It would be a version of itself.
        """
        if updates == id:
            raise ProtocolError(
                "request-invalid", "A note cannot be a version of itself.", "See PROTOCOL.md."
            )
        async with self._one_change:
            row = await self._fetch(id)
            if row["state"] in {CaptureState.DRAFT, CaptureState.FAILED}:
                chosen = Choices(
                    plan=plan or row["plan"],
                    summary=row["summary"],
                    archive=True,
                    updates=updates or row["updates"],
                )
                await self._choose(id, chosen)
            await self._change(SEND_OFF, plan, updates, id)
        return str(row["state"])

    async def discard(self, id: str) -> None:
        """Forget a draft or a capture that failed.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It was archived or is on its way.
        """
        async with self._one_change:
            await self._discard(id)

    @transaction
    def fail(self, id: str, error: Fault) -> None:
        """No note can be made of *id*; the capture stays."""
        self._execute(FAIL, as_json(error), id)

    @passing
    def enqueue(
        self,
        id: str,
        title: str,
        backends: Iterable[str],
        *,
        address: str,
        now: datetime,
        warning: Fault | None = None,
        remakes: str | None = None,
        lacks_summary: bool = False,
        summary_due: datetime | None = None,
    ) -> list[Delivery]:
        """The note is in the spool: one delivery to each backend; a second call changes nothing.

        *address*: what is the same for all notes of its page. *warning* says what it lacks, and
        why. With *remakes* it is a newer version of that capture. The summary that it lacks is
        tried again at *summary_due*, if ever.
        """
        if remakes:
            self._choose_remade(id, remakes, now)
            self._execute(ADD_REMADE, id, title, stored(now), remakes)
            self._execute(REMAKES, remakes, id)
            self._execute(COMPLETED, remakes)
        told = as_json(warning) if warning else None
        due = stored(summary_due) if summary_due else None
        moment = stored(now)
        if self._execute(ARCHIVED, title, told, lacks_summary, due, moment, id).rowcount:
            for backend in dict.fromkeys(backends):  # a plan may name one twice
                self._execute(ENQUEUE, id, backend, moment, address)
        return self._deliveries(id)

    @query
    def lacking(self, *, now: datetime) -> tuple[list[Lacking], datetime | None]:
        """The note whose summary is to be tried again now, and when the next one will be."""
        rows = self._execute(LACKING, stored(now)).fetchall()
        due = moment_of(self._execute(NEXT_LACKING).fetchone()[0])
        return [lacking_of(row) for row in rows], due

    @transaction
    def lacks(self, id: str, due: datetime | None, *, now: datetime) -> None:
        """A summary of *id* failed once more; it is tried again at *due*, if ever."""
        self._execute(LACKS, due and stored(due), stored(now), id)

    @query
    def receipt(self, id: str, backend: str) -> Receipt | None:
        """The receipt of *backend* for the note *id*, or for the one that this was to replace."""
        row = self._execute(RECEIPT, id, backend).fetchone()
        found: Receipt | None = row and value_of(row["receipt"], Receipt)
        return found

    @passing
    def indexed(self, ids: Iterable[str]) -> None:
        """The library knows these notes."""
        for id in ids:
            self._execute(INDEXED, id)

    @passing
    def claim(self, busy: Iterable[str], *, now: datetime) -> tuple[list[Sending], datetime | None]:
        """Deliveries whose time has come, one for each backend that is not *busy*.

        The second value is when the next one will be due; None when none waits for its time.
        """
        free = {row["backend"] for row in self._execute(TO_SEND)} - set(busy)
        due = [self._execute(DUE, backend, stored(now)).fetchone() for backend in sorted(free)]
        claimed = [sending_of(row) for row in due if row]
        for sending in claimed:
            self._execute(CLAIM, sending.delivery.id)
        return claimed, moment_of(self._execute(NEXT_DUE, stored(now)).fetchone()[0])

    async def note(self, id: str) -> Note:
        """The note of capture *id*.

        Raises:
            LostError: Its file is gone or damaged.
        """
        return await asyncio.to_thread(self.spool.note, id)

    @transaction
    def save_progress(self, delivery: str, progress: Any) -> None:
        """Keep what a backend must know if it has to go on after a crash."""
        self._execute(SAVE_PROGRESS, as_json(progress), delivery)

    @transaction
    def settle(self, delivery: str, receipt: Receipt, *, now: datetime) -> None:
        self._execute(SETTLE, as_json(receipt), stored(now), delivery)

    @query
    def settled(self, *, after: int, limit: int = 1000) -> list[Settled]:
        """Deliveries whose number is above *after*, in its order; 0 is below all."""
        return [settled_of(row) for row in self._execute(DELIVERED, after, limit)]

    @query
    def to_place(self, *, limit: int) -> list[Settled]:
        """Deliveries of whose places the library was not told."""
        return [settled_of(row) for row in self._execute(TO_PLACE, limit)]

    @query
    def unplaced(self, address: str, backend: str, until: datetime) -> list[Receipt]:
        """The receipts of *backend*, newest first, of which the library was not told, for notes of
        *address* that were captured not after *until*.
        """
        rows = self._execute(UNPLACED, backend, address)
        return [
            value_of(row["receipt"], Receipt)
            for row in rows
            if datetime.fromisoformat(row["captured_at"]) <= until
        ]

    @passing
    def placed(self, deliveries: Iterable[str]) -> None:
        """The library knows the places of these."""
        for id in deliveries:
            self._execute(PLACED, id)

    @transaction
    def defer(
        self,
        delivery: str,
        error: Fault,
        due_at: datetime,
        *,
        now: datetime,
        all_until: datetime | None = None,
    ) -> None:
        """Try it again at *due_at*, and what else waits for its backend not before *all_until*."""
        self._execute(DEFER, as_json(error), stored(due_at), stored(now), delivery)
        if all_until:
            self._execute(HOLD_BACK, stored(all_until), stored(now), delivery)

    @transaction
    def reject(self, delivery: str, error: Fault) -> None:
        self._execute(REJECT, as_json(error), delivery)

    @transaction
    def retry(self, delivery: str, *, now: datetime) -> bool:
        """Try a waiting or rejected delivery now; returns whether it was one.

        Raises:
            UnknownError: There is no such delivery.
        """
        if not self._execute("SELECT 1 FROM delivery WHERE id = ?", delivery).fetchone():
            raise UnknownError(
                "delivery-unknown", "There is no such delivery.", "See “guidang status”."
            )
        changed: int = self._execute(RETRY, stored(now), delivery).rowcount
        return changed > 0

    async def view(self, id: str) -> CaptureView:
        """Capture *id* as the browser sees it.

        Raises:
            UnknownError: There is no such capture.
        """
        view = await self._view_of(id)
        if not (await self._fetch(id))["has_draft"]:
            return view
        draft = await self.draft(id)
        written, summary = await self.written(id), view.summary
        if summary is None and written is not None:
            summary = written.markdown
        return msgspec.structs.replace(
            view,
            markdown=draft.markdown,
            address=draft.url,
            summary=summary,
            written=written,
        )

    @query
    def views(
        self, state: str | None = None, *, before: str | None = None, limit: int = 1000
    ) -> list[CaptureView]:
        """The newest captures, of one state or of all, without their texts.

        With *before*, those that were accepted before that capture.
        """
        rows = self._execute(PAGE, state, before, limit)
        return [self._view(row) for row in rows.fetchall()]

    @query
    def unsettled(self) -> list[CaptureView]:
        """What is not delivered everywhere, the newest first, without texts: however much it is."""
        return [self._view(row) for row in self._execute(UNSETTLED).fetchall()]

    @query
    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many captures, and how many deliveries, are in each state."""
        return self._count("capture", CaptureState), self._count("delivery", DeliveryState)

    async def forget_older(self, age: timedelta, *, now: datetime) -> None:
        """Remove the texts of notes that were delivered everywhere and are older than *age*, and
        the assets that no other one needs.

        A clock may have been set far forward, so an age of more than a day counts only up to the
        newest capture that is a day old: until the clock has shown its time for that long, nothing
        goes by it.
        """
        believed = now if age <= CLOCK_PROOF else await self._newest_before(now - CLOCK_PROOF)
        if believed is not None:
            await self._forget_all(await self._settled_before(believed - age))

    async def forget_over(self, most: int) -> None:
        """Remove such texts, the oldest first, until all texts and their images take at most *most*
        bytes.
        """
        if await asyncio.to_thread(self.spool.size) <= most:
            return
        settled = await self._settled_before(datetime.max.replace(tzinfo=UTC))
        await self._forget_all(await asyncio.to_thread(self.spool.over, settled, most))

    async def _forget_all(self, ids: list[str]) -> None:
        for id in ids:
            await self._forget(id)
        await asyncio.to_thread(self.spool.sweep)

    async def _editable(self, id: str) -> Row:
        row = await self._fetch(id)
        if row["state"] != CaptureState.DRAFT or not row["has_draft"]:
            raise ProtocolError(
                "not-a-draft",
                "This capture cannot be edited now.",
                "Wait until its text is ready; what is archived is edited in the note.",
            )
        return row

    async def _choose(self, id: str, choices: Choices) -> None:
        """Keep what was chosen where it outlives the rows."""
        await asyncio.to_thread(self.spool.keep_choices, id, choices)

    def _choose_remade(self, id: str, remakes: str, now: datetime) -> None:
        own = self._execute("SELECT * FROM capture WHERE id = ?", id).fetchone()
        row, moment = (own, None) if own and own["updates"] else (self._row(remakes), now)
        choices = Choices(
            plan=row["plan"],
            summary=row["summary"],
            archive=moment is None,
            updates=own and own["updates"],
            remakes=remakes,
            remade_at=moment,
        )
        self.spool.keep_choices(id, choices)

    @query
    def _newest_before(self, moment: datetime) -> datetime | None:
        """When the newest capture was accepted, of those until *moment*."""
        return moment_of(self._execute(NEWEST_BEFORE, stored(moment)).fetchone()[0])

    @query
    def _settled_before(self, moment: datetime) -> list[str]:
        return [row["id"] for row in self._execute(SETTLED_BEFORE, stored(moment))]

    @transaction
    def _forget(self, id: str) -> None:
        self._execute(FORGET_TEXTS, id)
        self.spool.remove(id)

    @transaction
    def _discard(self, id: str) -> None:
        if self._row(id)["state"] not in {CaptureState.DRAFT, CaptureState.FAILED}:
            raise ProtocolError(
                "not-a-draft", "Only a draft can be discarded.", "Delete the note where it lies."
            )
        self._execute("DELETE FROM capture WHERE id = ?", id)
        self.spool.remove(id)

    @query
    def _view_of(self, id: str) -> CaptureView:
        return self._view(self._row(id))

    @query
    def _fetch(self, id: str) -> Row:
        return self._row(id)

    @transaction
    def _change(self, statement: str, *values: Any) -> None:
        self._execute(statement, *values)

    @transaction
    def _restart(self) -> None:
        """What was being sent when the last run ended is sent again."""
        self._execute(RESTART)

    @query
    def _state(self, id: str) -> CaptureState | None:
        row = self._execute("SELECT state FROM capture WHERE id = ?", id).fetchone()
        return CaptureState(row["state"]) if row else None

    @transaction
    def _insert(
        self, request: CaptureHead | CaptureRequest, state: CaptureState, now: datetime
    ) -> bool:
        return bool(self._execute(ACCEPT, *capture_values(request, state, now)).rowcount)

    def _execute(self, statement: str, *values: Any) -> Any:
        return self._database.connection.execute(statement, values)

    def _row(self, id: str) -> Row:
        row: Row | None = self._execute("SELECT * FROM capture WHERE id = ?", id).fetchone()
        if row is None:
            raise UnknownError(
                "capture-unknown", "There is no such capture.", "It may have been discarded."
            )
        return row

    def _view(self, row: Row) -> CaptureView:
        return view_of(row, self._deliveries(row["id"]))

    def _deliveries(self, capture: str) -> list[Delivery]:
        rows = self._execute("SELECT * FROM delivery WHERE capture = ? ORDER BY rowid", capture)
        return [delivery_of(row) for row in rows]

    def _count(self, table: str, states: Iterable[str]) -> dict[str, int]:
        rows = self._execute(f"SELECT state, count(*) FROM {table} GROUP BY state")  # noqa: S608  two known names
        found = {row[0]: row[1] for row in rows}
        return {str(state): found.get(state, 0) for state in states}


def _edited(draft: Draft, edit: Edit) -> Draft:
    title = draft.title if edit.title is None else edit.title
    markdown = draft.markdown if edit.markdown is None else edit.markdown
    text = draft.text if markdown == draft.markdown else None
    return msgspec.structs.replace(draft, title=title, markdown=markdown, text=text)


def _own(summary: str, written: Summary | None) -> str | None:
    """A summary that came from the user; None when it is the one that was *written*, unchanged."""
    return None if written and summary.strip() == written.markdown.strip() else summary
