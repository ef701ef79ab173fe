"""Captures and deliveries: what was accepted, on disk until a backend's receipt settles it.

Texts lie in the spool, for a page may be large, and a large row would hold up every other
transaction for as long as it is written. States lie in SQLite; every change of one is a transaction
that names the state it expects, after the file is on disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Row
from typing import Any

import msgspec
from msgspec import Struct

from .database import Damaged, Database, passing, transaction
from .errors import LostError, ProtocolError, UnknownError
from .model import LONGEST_TITLE, CaptureState, Delivery, DeliveryState, Draft, Fault, Note, Receipt
from .protocol import (
    Accepted,
    CaptureHead,
    CaptureRequest,
    CaptureView,
    Edit,
    NoteView,
    fault_of,
)
from .spool import Spool

# What has been published never changes: a new version is a new script.
VERSION_1 = """
CREATE TABLE IF NOT EXISTS capture (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    plan TEXT,
    state TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    interface_language TEXT,
    has_draft INTEGER NOT NULL DEFAULT 0,
    has_texts INTEGER NOT NULL DEFAULT 1,
    summary TEXT,
    error BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS capture_by_state ON capture (state);
CREATE TABLE IF NOT EXISTS delivery (
    id TEXT PRIMARY KEY,
    capture TEXT NOT NULL REFERENCES capture,
    backend TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    enqueued_at TEXT NOT NULL,
    due_at TEXT NOT NULL,
    progress BLOB,
    receipt BLOB,
    error BLOB
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_state ON delivery (state, due_at);
CREATE INDEX IF NOT EXISTS delivery_by_capture ON delivery (capture);
"""
# warning: what the note lacks. remakes: the capture of which it is a newer version.
# to_index: the library has not been told of the note. has_note: it was made before the rows were
# lost, and is sent as it is. set_at: when due_at was set. asked_at: since when it is tried, without
# end in sight. lost: an earlier attempt may have stored it, and nobody knows how far it came.
# The indexes serve the questions that are asked with each capture and each delivery.
VERSION_2 = """
ALTER TABLE capture ADD COLUMN warning BLOB;
ALTER TABLE capture ADD COLUMN remakes TEXT REFERENCES capture;
CREATE UNIQUE INDEX capture_by_remade ON capture (remakes);
ALTER TABLE capture ADD COLUMN to_index INTEGER NOT NULL DEFAULT 0;
ALTER TABLE capture ADD COLUMN has_note INTEGER NOT NULL DEFAULT 0;
CREATE INDEX capture_to_read ON capture (accepted_at)
    WHERE state = 'accepted' OR (state = 'draft' AND NOT has_draft) OR to_index;
ALTER TABLE delivery ADD COLUMN set_at TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN asked_at TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
UPDATE delivery SET set_at = enqueued_at, asked_at = enqueued_at;
CREATE INDEX delivery_to_send ON delivery (backend) WHERE state IN ('waiting', 'sending');
"""
MIGRATIONS = (VERSION_1, VERSION_2)

ACCEPT = """
INSERT INTO capture
(id, url, title, plan, state, accepted_at, captured_at, interface_language,
    has_draft, has_note, error)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
TO_READ = """
SELECT id FROM capture
WHERE state = 'accepted' OR (state = 'draft' AND NOT has_draft) OR to_index
ORDER BY accepted_at LIMIT ?
"""
DRAFTS = "SELECT id FROM capture WHERE state = 'draft' AND has_draft"
READ_AGAIN = "UPDATE capture SET has_draft = 0 WHERE id = ?"
DRAFTED = "UPDATE capture SET has_draft = 1, title = ? WHERE id = ?"
EDIT = """
UPDATE capture SET title = ?, summary = coalesce(?, summary) WHERE id = ? AND state = 'draft'
"""
SEND_OFF = """
UPDATE capture SET state = 'accepted', plan = coalesce(?, plan), error = NULL, has_note = 0
WHERE id = ? AND state IN ('draft', 'failed')
"""
FAIL = "UPDATE capture SET state = 'failed', error = ? WHERE id = ? AND state != 'archived'"
ARCHIVED = """
UPDATE capture SET state = 'archived', title = ?, warning = ?, to_index = 1
WHERE id = ? AND state = 'accepted'
"""
# The newest of the versions that began with this capture.
NEWEST = """
WITH RECURSIVE version (id) AS (
    SELECT ? UNION SELECT capture.id FROM capture JOIN version ON remakes = version.id
)
SELECT id FROM version
"""
ADD_REMADE = """
INSERT INTO capture
(id, url, title, plan, state, accepted_at, captured_at, interface_language, summary, remakes)
SELECT ?, url, ?, plan, 'accepted', ?, captured_at, interface_language, summary, id
FROM capture WHERE id = ?
ON CONFLICT (id) DO NOTHING
"""
INDEXED = "UPDATE capture SET to_index = 0 WHERE id = ?"
ENQUEUE = """
INSERT INTO delivery
(id, capture, backend, lost, state, enqueued_at, due_at, set_at, asked_at)
SELECT ?1 || '.' || ?2, ?1, ?2, has_note, 'waiting', ?3, ?3, ?3, ?3 FROM capture WHERE id = ?1
"""
TO_SEND = "SELECT DISTINCT backend FROM delivery WHERE state IN ('waiting', 'sending')"
# The first by its row: a backend's notes keep their order, whatever the clock did. What is still
# "sending" there could not be settled, and is asked for again. A clock that shows a time before
# the one at which due_at was set has been set back, and would let it wait for as long.
DUE = """
SELECT * FROM delivery INDEXED BY delivery_to_send
WHERE state IN ('waiting', 'sending') AND backend = ?1 AND (due_at <= ?2 OR set_at > ?2)
ORDER BY rowid LIMIT 1
"""
CLAIM = """
UPDATE delivery SET state = 'sending', attempts = attempts + 1
WHERE id = ? AND state IN ('waiting', 'sending')
"""
SAVE_PROGRESS = "UPDATE delivery SET progress = ? WHERE id = ? AND state = 'sending'"
SETTLE = """
UPDATE delivery SET state = 'delivered', receipt = ?, error = NULL
WHERE id = ? AND state = 'sending'
"""
DEFER = """
UPDATE delivery SET state = 'waiting', error = ?, due_at = ?, set_at = ?
WHERE id = ? AND state = 'sending'
"""
# A backend that names a time means all that would come to it.
HOLD_BACK = """
UPDATE delivery SET due_at = max(due_at, ?1), set_at = ?2
WHERE state = 'waiting' AND backend = (SELECT backend FROM delivery WHERE id = ?3)
"""
REJECT = "UPDATE delivery SET state = 'rejected', error = ? WHERE id = ? AND state = 'sending'"
RETRY = """
UPDATE delivery SET state = 'waiting', due_at = ?1, set_at = ?1, asked_at = ?1
WHERE id = ?2 AND state IN ('waiting', 'rejected')
"""
DELIVERED = """
SELECT rowid, * FROM delivery WHERE state = 'delivered' AND rowid > ? ORDER BY rowid LIMIT ?
"""
FORGET_TEXTS = "UPDATE capture SET has_texts = 0, has_draft = 0 WHERE id = ?"
RESTART = "UPDATE delivery SET state = 'waiting' WHERE state = 'sending'"
NEXT_DUE = "SELECT min(due_at) FROM delivery WHERE state = 'waiting' AND due_at > ?"
# The oldest first.
SETTLED_BEFORE = """
SELECT id FROM capture
WHERE state = 'archived' AND has_texts AND NOT to_index AND accepted_at < ? AND NOT EXISTS (
    SELECT 1 FROM delivery WHERE capture = capture.id AND state != 'delivered'
)
ORDER BY accepted_at, rowid
"""
PAGE = """
SELECT * FROM capture WHERE (?1 IS NULL OR state = ?1) AND (
    ?2 IS NULL OR (accepted_at, id) < (SELECT accepted_at, id FROM capture WHERE id = ?2)
)
ORDER BY accepted_at DESC, id DESC LIMIT ?3
"""
UNSETTLED = """
SELECT * FROM capture
WHERE state IN ('draft', 'accepted', 'failed') OR id IN (
    SELECT capture FROM delivery WHERE state IN ('waiting', 'sending', 'rejected')
)
ORDER BY accepted_at DESC
"""


class Sending(Struct, frozen=True):
    """A delivery that was claimed, with what a backend needs for it."""

    delivery: Delivery
    asked_at: datetime  #: when it was enqueued, or a person last asked for it
    progress: Any  #: what the backend saved in an earlier attempt, or None
    lost: bool  #: an earlier attempt may have stored it, and what it saved is lost


class Reading(Struct, frozen=True):
    """A capture that is to be read, and what is known of it so far; its texts lie in the spool."""

    id: str
    state: CaptureState
    plan: str | None
    captured_at: datetime
    interface_language: str | None  #: the reader's, as BCP 47
    has_draft: bool
    has_note: bool  #: it was made before the rows were lost, and is sent as it is
    summary: str | None  #: what the user wrote
    remakes: str | None = None  #: the capture of which it becomes a newer version
    archived_at: datetime | None = None  #: of the note that it remakes


class Outbox:
    """The durable memory of the daemon. Moments are UTC; the caller brings the clock."""

    def __init__(self, folder: Path) -> None:
        self.spool = Spool.of(folder)
        self._database = Database(
            folder / "outbox.sqlite", MIGRATIONS, verify=self._verify, reconcile=self._reconcile
        )
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
        await asyncio.to_thread(self.spool.keep_capture, request.id, body)
        state = CaptureState.DRAFT if request.draft else CaptureState.ACCEPTED
        return Accepted(request.id, state), await self._insert(request, state, now)

    @passing
    def to_read(self, *, limit: int = 100) -> list[str]:
        """Captures whose article or note is still to be made, or indexed, the oldest first."""
        return [row["id"] for row in self._execute(TO_READ, limit)]

    @transaction
    def reading(self, id: str) -> Reading:
        """What the pipeline needs of capture *id*.

        Raises:
            UnknownError: There is no such capture.
        """
        row = self._row(id)
        return Reading(
            id=row["id"],
            state=CaptureState(row["state"]),
            plan=row["plan"],
            captured_at=datetime.fromisoformat(row["captured_at"]),
            interface_language=row["interface_language"],
            has_draft=bool(row["has_draft"]),
            has_note=bool(row["has_note"]),
            summary=row["summary"],
        )

    async def remakable(self, id: str) -> Reading:
        """What is to be read to make the newest version of capture *id* anew.

        Raises:
            UnknownError: There is no such capture.
            ProtocolError: It has no note yet, or a person wrote its text.
            LostError: Its page is not kept any longer.
        """
        newest = await self._newest(id)
        reading = await self.reading(newest)
        if reading.state != CaptureState.ARCHIVED:
            raise ProtocolError(
                "not-archived", "No note was made of this capture yet.", "See “guidang status”."
            )
        if reading.has_draft and (await self.draft(newest)).text is None:
            raise ProtocolError(
                "text-edited",
                "The text of this note was edited before it was archived.",
                "It stays as it is; capture the page again for a new one.",
            )
        return reading

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
            row = await self._fetch(id)
            if row["state"] != CaptureState.DRAFT or not row["has_draft"]:
                raise ProtocolError(
                    "not-a-draft",
                    "This capture cannot be edited now.",
                    "Wait until its text is ready; what is archived is edited in the note.",
                )
            edited = _edited(await self.draft(id), edit)
            await asyncio.to_thread(self.spool.keep_draft, id, edited)
            await self._change(EDIT, edited.title, edit.summary, id)

    async def send_off(self, id: str, plan: str | None) -> None:
        """A draft, or a capture that failed, becomes a note.

        Raises:
            UnknownError: There is no such capture.
        """
        async with self._one_change:
            await self._fetch(id)
            await self._change(SEND_OFF, plan, id)

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
        self._execute(FAIL, _json(error), id)

    @passing
    def enqueue(
        self,
        id: str,
        title: str,
        backends: Iterable[str],
        *,
        now: datetime,
        warning: Fault | None = None,
        remakes: str | None = None,
    ) -> list[Delivery]:
        """The note is in the spool: one delivery to each backend; a second call changes nothing.

        *warning* says what it lacks, and why. With *remakes* it is a newer version of that capture.
        """
        if remakes:
            self._execute(ADD_REMADE, id, title, _stored(now), remakes)
        told = _json(warning) if warning else None
        if self._execute(ARCHIVED, title, told, id).rowcount:
            moment = _stored(now)
            for backend in dict.fromkeys(backends):  # a plan may name one twice
                self._execute(ENQUEUE, id, backend, moment)
        return self._deliveries(id)

    @passing
    def indexed(self, id: str) -> None:
        """The library knows the note of *id*."""
        self._execute(INDEXED, id)

    @passing
    def claim(self, busy: Iterable[str], *, now: datetime) -> list[Sending]:
        """Deliveries whose time has come, one for each backend that is not *busy*."""
        free = {row["backend"] for row in self._execute(TO_SEND)} - set(busy)
        due = [self._execute(DUE, backend, _stored(now)).fetchone() for backend in sorted(free)]
        claimed = [_sending(row) for row in due if row]
        for sending in claimed:
            self._execute(CLAIM, sending.delivery.id)
        return claimed

    async def note(self, id: str) -> Note:
        """The note of capture *id*.

        Raises:
            LostError: Its file is gone or damaged.
        """
        return await asyncio.to_thread(self.spool.note, id)

    @transaction
    def save_progress(self, delivery: str, progress: Any) -> None:
        """Keep what a backend must know if it has to go on after a crash."""
        self._execute(SAVE_PROGRESS, _json(progress), delivery)

    @transaction
    def settle(self, delivery: str, receipt: Receipt) -> None:
        self._execute(SETTLE, _json(receipt), delivery)

    @transaction
    def delivered(self, *, after: int, limit: int = 1000) -> list[tuple[int, Delivery, datetime]]:
        """Deliveries that have their receipt: number, delivery, and when it was enqueued.

        Those whose number is above *after*, in its order; 0 is below all.
        """
        rows = self._execute(DELIVERED, after, limit)
        return [
            (row["rowid"], _delivery(row), datetime.fromisoformat(row["enqueued_at"]))
            for row in rows
        ]

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
        self._execute(DEFER, _json(error), _stored(due_at), _stored(now), delivery)
        if all_until:
            self._execute(HOLD_BACK, _stored(all_until), _stored(now), delivery)

    @transaction
    def reject(self, delivery: str, error: Fault) -> None:
        self._execute(REJECT, _json(error), delivery)

    @transaction
    def retry(self, delivery: str, *, now: datetime) -> None:
        """Try a waiting or rejected delivery now.

        Raises:
            UnknownError: There is no such delivery.
        """
        if not self._execute("SELECT 1 FROM delivery WHERE id = ?", delivery).fetchone():
            raise UnknownError(
                "delivery-unknown", "There is no such delivery.", "See “guidang status”."
            )
        self._execute(RETRY, _stored(now), delivery)

    @passing
    def next_due(self, *, now: datetime) -> datetime | None:
        """When the next delivery will be due; None when none waits for its time."""
        return _moment(self._execute(NEXT_DUE, _stored(now)).fetchone()[0])

    async def view(self, id: str) -> CaptureView:
        """Capture *id* as the browser sees it.

        Raises:
            UnknownError: There is no such capture.
        """
        view = await self._view_of(id)
        if not (await self._fetch(id))["has_draft"]:
            return view
        draft = await self.draft(id)
        return msgspec.structs.replace(view, markdown=draft.markdown, address=draft.url)

    @transaction
    def views(
        self, state: str | None = None, *, before: str | None = None, limit: int = 1000
    ) -> list[CaptureView]:
        """The newest captures, of one state or of all, without their texts.

        With *before*, those that were accepted before that capture.
        """
        rows = self._execute(PAGE, state, before, limit)
        return [self._view(row) for row in rows.fetchall()]

    @transaction
    def unsettled(self) -> list[CaptureView]:
        """What is not delivered everywhere, the newest first, without texts: however much it is."""
        return [self._view(row) for row in self._execute(UNSETTLED).fetchall()]

    @transaction
    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many captures, and how many deliveries, are in each state."""
        return self._count("capture", CaptureState), self._count("delivery", DeliveryState)

    async def forget_before(self, moment: datetime) -> None:
        """Remove the texts of notes that were delivered everywhere, accepted before *moment*, and
        the assets that no other one needs.
        """
        await self._forget_all(await self._settled_before(moment))

    async def forget_over(self, most: int) -> None:
        """Remove such texts, the oldest first, until all texts take at most *most* bytes."""
        sizes = await asyncio.to_thread(self.spool.sizes)
        over = sum(sizes.values()) - most
        if over <= 0:
            return
        chosen = []
        for id in await self._settled_before(datetime.max.replace(tzinfo=UTC)):
            if over > 0:
                over -= sizes.get(id, 0)
                chosen.append(id)
        await self._forget_all(chosen)

    async def _forget_all(self, ids: list[str]) -> None:
        for id in ids:
            await self._forget(id)
        if ids:
            await asyncio.to_thread(self.spool.sweep)

    @transaction
    def _settled_before(self, moment: datetime) -> list[str]:
        return [row["id"] for row in self._execute(SETTLED_BEFORE, _stored(moment))]

    @transaction
    def _forget(self, id: str) -> None:
        self._execute(FORGET_TEXTS, id)
        self.spool.remove(id)

    @transaction
    def _newest(self, id: str) -> str:
        newest: str = self._execute(NEWEST, id).fetchall()[-1]["id"]
        return newest

    @transaction
    def _discard(self, id: str) -> None:
        if self._row(id)["state"] not in {CaptureState.DRAFT, CaptureState.FAILED}:
            raise ProtocolError(
                "not-a-draft", "Only a draft can be discarded.", "Delete the note where it lies."
            )
        self._execute("DELETE FROM capture WHERE id = ?", id)
        self.spool.remove(id)

    @transaction
    def _view_of(self, id: str) -> CaptureView:
        return self._view(self._row(id))

    @transaction
    def _fetch(self, id: str) -> Row:
        return self._row(id)

    @transaction
    def _change(self, statement: str, *values: Any) -> None:
        self._execute(statement, *values)

    @transaction
    def _restart(self) -> None:
        """What was being sent when the last run ended is sent again."""
        self._execute(RESTART)

    @transaction
    def _state(self, id: str) -> CaptureState | None:
        row = self._execute("SELECT state FROM capture WHERE id = ?", id).fetchone()
        return CaptureState(row["state"]) if row else None

    @transaction
    def _insert(
        self, request: CaptureHead | CaptureRequest, state: CaptureState, now: datetime
    ) -> bool:
        return self._add(request, state, now)

    def _add(
        self,
        head: CaptureHead | CaptureRequest,
        state: CaptureState,
        now: datetime,
        *,
        has_draft: bool = False,
        has_note: bool = False,
        error: Fault | None = None,
    ) -> bool:
        added = self._execute(
            ACCEPT,
            head.id,
            head.url,
            head.title[:LONGEST_TITLE],
            head.plan,
            state,
            _stored(now),
            head.captured_at.isoformat(),
            head.interface_language,
            has_draft,
            has_note,
            None if error is None else _json(error),
        )
        return bool(added.rowcount)

    def _verify(self) -> None:
        """Read every row; raises Damaged when one holds what no statement of ours has written."""
        try:
            for row in self._execute("SELECT * FROM capture"):
                _verify_capture(row)
            for row in self._execute("SELECT * FROM delivery"):
                _verify_delivery(row)
        except (ValueError, msgspec.MsgspecError) as error:
            raise Damaged(f"a row cannot be read ({type(error).__name__})") from error

    def _reconcile(self) -> None:
        """Bring rows and files together again, after an end that was none or a file that was lost.

        A file without a row was written just before the end, or its row was lost: it is taken as
        accepted. A row without its file is told as lost by whoever needs the file.
        """
        known = {row["id"] for row in self._execute("SELECT id FROM capture")}
        for id in sorted(self.spool.ids() - known, key=self.spool.kept_at):
            self._take_up(id)
        for row in self._execute(DRAFTS).fetchall():
            if not self.spool.has_draft(row["id"]):
                self._execute(READ_AGAIN, row["id"])

    def _take_up(self, id: str) -> None:
        """A row for the files of capture *id*."""
        kept_at, has_note = self.spool.kept_at(id), self.spool.has_note(id)
        try:
            head = self.spool.head(id)
        except LostError as error:
            head = CaptureHead(id=id, url="", title="", captured_at=kept_at)
            self._add(head, CaptureState.FAILED, kept_at, error=fault_of(error))
            return
        if head.id != id:  # a version that was to be made anew; its page lies there as it was
            self.spool.remove(id)
            return
        state = CaptureState.DRAFT if head.draft and not has_note else CaptureState.ACCEPTED
        has_draft = False
        with suppress(LostError):  # without it, the page is read again
            head = msgspec.structs.replace(head, title=self.spool.draft(id).title)
            has_draft = True
        self._add(head, state, kept_at, has_draft=has_draft, has_note=has_note)

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
        archived = row["state"] == CaptureState.ARCHIVED
        return CaptureView(
            id=row["id"],
            url=row["url"],
            title=row["title"],
            state=CaptureState(row["state"]),
            plan=row["plan"],
            summary=row["summary"],
            error=_value(row["error"], Fault),
            warning=_value(row["warning"], Fault),
            remakes=row["remakes"],
            note=NoteView(row["id"], row["title"]) if archived else None,
            deliveries=tuple(self._deliveries(row["id"])),
        )

    def _deliveries(self, capture: str) -> list[Delivery]:
        rows = self._execute("SELECT * FROM delivery WHERE capture = ? ORDER BY rowid", capture)
        return [_delivery(row) for row in rows]

    def _count(self, table: str, states: Iterable[str]) -> dict[str, int]:
        rows = self._execute(f"SELECT state, count(*) FROM {table} GROUP BY state")  # noqa: S608  two known names
        found = {row[0]: row[1] for row in rows}
        return {str(state): found.get(state, 0) for state in states}


def _verify_capture(row: Row) -> None:
    """Raises ValueError or MsgspecError."""
    CaptureState(row["state"])
    datetime.fromisoformat(row["captured_at"])
    datetime.fromisoformat(row["accepted_at"])
    _value(row["error"], Fault)


def _verify_delivery(row: Row) -> None:
    """Raises ValueError or MsgspecError."""
    sending = _sending(row)
    delivery = sending.delivery
    for name in ("enqueued_at", "due_at", "set_at"):
        datetime.fromisoformat(row[name])
    if delivery.id != f"{delivery.capture}.{delivery.backend}":
        raise ValueError("its id is another's")
    if (row["state"] == DeliveryState.DELIVERED) != (delivery.receipt is not None):
        raise ValueError("a receipt too few or too many")


def _edited(draft: Draft, edit: Edit) -> Draft:
    title = draft.title if edit.title is None else edit.title
    markdown = draft.markdown if edit.markdown is None else edit.markdown
    text = draft.text if markdown == draft.markdown else None
    return msgspec.structs.replace(draft, title=title, markdown=markdown, text=text)


def _sending(row: Row) -> Sending:
    delivery = _delivery(row)
    claimed = msgspec.structs.replace(
        delivery, state=DeliveryState.SENDING, attempts=delivery.attempts + 1
    )
    return Sending(
        delivery=claimed,
        asked_at=datetime.fromisoformat(row["asked_at"]),
        progress=_value(row["progress"], Any),
        lost=bool(row["lost"]),
    )


def _delivery(row: Row) -> Delivery:
    waiting = row["state"] == DeliveryState.WAITING
    return Delivery(
        id=row["id"],
        capture=row["capture"],
        backend=row["backend"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        due_at=_moment(row["due_at"]) if waiting else None,
        receipt=_value(row["receipt"], Receipt),
        error=_value(row["error"], Fault),
    )


def _json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def _value(blob: bytes | None, kind: Any) -> Any:
    return None if blob is None else msgspec.json.decode(blob, type=kind)


def _stored(moment: datetime) -> str:
    """UTC with a fixed number of digits, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
