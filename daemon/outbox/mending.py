"""The outbox after an end that was none: is every row one of ours, has every file its row?"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from sqlite3 import Connection, Row

import msgspec

from ..database import Damaged
from ..errors import LostError
from ..model import CaptureState, DeliveryState, Fault
from ..protocol import CaptureHead, fault_of
from ..spool import Spool
from .rows import capture_values, sending_of, value_of
from .statements import ACCEPT, ACCEPTED, DOUBTED, DRAFTS, NOTED, READ_AGAIN, REMAKES


def verify(connection: Connection) -> None:
    """Read every row.

    Raises:
        Damaged: One holds what no statement of ours has written.
    """
    try:
        for row in connection.execute("SELECT * FROM capture"):
            _verify_capture(row)
        for row in connection.execute("SELECT * FROM delivery"):
            _verify_delivery(row)
    except (ValueError, msgspec.MsgspecError) as error:
        raise Damaged(f"a row cannot be read ({type(error).__name__})") from error


def reconcile(connection: Connection, spool: Spool) -> None:
    """Bring rows and files together again, after an end that was none or a file that was lost.

    A file without a row was written just before the end, or its row was lost: it is taken as
    accepted. A row without its file is told as lost by whoever needs the file. The rows may be
    older than the files, for SQLite drops the end of a damaged log without a word: so a note that
    is there is sent as it is, and each backend looks first for what it has.
    """
    # Rows stay for ever, files do not: to read all ids takes 0.2 s with 100,000 rows.
    stray = sorted((id for id in spool.ids() if _is_stray(connection, id)), key=spool.kept_at)
    versions = {id: _take_up(connection, spool, id) for id in stray}
    for id, older in versions.items():  # now that all have their rows
        connection.execute(REMAKES, (older, id))
    connection.execute(DOUBTED)
    for row in connection.execute(ACCEPTED).fetchall():
        if spool.has_note(row["id"]):
            connection.execute(NOTED, (row["id"],))
    for row in connection.execute(DRAFTS).fetchall():
        if not spool.has_draft(row["id"]):
            connection.execute(READ_AGAIN, (row["id"],))


def _is_stray(connection: Connection, id: str) -> bool:
    return connection.execute("SELECT 1 FROM capture WHERE id = ?", (id,)).fetchone() is None


def _take_up(connection: Connection, spool: Spool, id: str) -> str | None:
    """A row for the files of capture *id*; the capture of which it is a newer version."""
    kept_at, has_note = spool.kept_at(id), spool.has_note(id)
    try:
        head, choices = spool.head(id), spool.choices(id)
    except LostError as error:
        head = CaptureHead(id=id, url="", title="", captured_at=kept_at)
        values = capture_values(head, CaptureState.FAILED, kept_at, error=fault_of(error))
        connection.execute(ACCEPT, values)
        return None
    if head.id != id and not choices.remakes:  # its note was not yet made, or it was unchanged
        spool.remove(id)
        return None
    is_draft = head.draft and not choices.archive and not has_note
    title, has_draft = head.title, has_note and spool.has_draft(id)
    if not has_note:
        with suppress(LostError):  # without it, the page is read again
            title, has_draft = spool.draft(id).title, True
    values = capture_values(
        msgspec.structs.replace(head, id=id, title=title, plan=choices.plan or head.plan),
        CaptureState.DRAFT if is_draft else CaptureState.ACCEPTED,
        choices.remade_at or kept_at,
        has_draft=has_draft,
        has_note=has_note,
        summary=choices.summary,
        updates=choices.updates,
    )
    connection.execute(ACCEPT, values)
    return choices.remakes


def _verify_capture(row: Row) -> None:
    """Raises ValueError or MsgspecError."""
    CaptureState(row["state"])
    datetime.fromisoformat(row["captured_at"])
    datetime.fromisoformat(row["accepted_at"])
    value_of(row["error"], Fault)


def _verify_delivery(row: Row) -> None:
    """Raises ValueError or MsgspecError."""
    sending = sending_of(row)
    delivery = sending.delivery
    for name in ("enqueued_at", "due_at", "set_at"):
        datetime.fromisoformat(row[name])
    if delivery.id != f"{delivery.capture}.{delivery.backend}":
        raise ValueError("its id is another's")
    if (row["state"] == DeliveryState.DELIVERED) != (delivery.receipt is not None):
        raise ValueError("a receipt too few or too many")
