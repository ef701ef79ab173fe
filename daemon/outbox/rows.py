"""Rows of the outbox ↔ values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from sqlite3 import Row
from typing import Any

import msgspec
from msgspec import Struct

from ..decoding import decoded
from ..model import LONGEST_TITLE, CaptureState, Delivery, DeliveryState, Fault, Receipt
from ..protocol import CaptureHead, CaptureRequest, CaptureView, NoteView


class Sending(Struct, frozen=True):
    """A delivery that was claimed, with what a backend needs for it."""

    delivery: Delivery
    asked_at: datetime  #: when it was enqueued, or a person last asked for it
    progress: Any  #: what the backend saved in an earlier attempt, or None
    lost: bool  #: an earlier attempt may have stored it, and what it saved is lost


class Reading(Struct, frozen=True):
    """A capture that is to be read, and what is known of it so far; its texts lie in the spool."""

    id: str
    url: str
    state: CaptureState
    plan: str | None  #: that a person named
    captured_at: datetime
    interface_language: str | None  #: the reader's, as BCP 47
    has_draft: bool
    has_note: bool  #: it was made before the rows were lost, and is sent as it is
    summary: str | None  #: what the user wrote
    updates: str | None = None  #: the note of which it is to become the new version
    remakes: str | None = None  #: the capture of which it becomes a newer version
    archived_at: datetime | None = None  #: of the note that it remakes
    completes: str | None = None  #: the same, where it takes its place
    lacks: Fault | None = None  #: why its note has no summary
    summary_due: datetime | None = None  #: when that is tried again


class Lacking(Struct, frozen=True):
    """A note whose summary failed for now."""

    id: str
    asked: int  #: times, since it went out
    since: datetime


class Settled(Struct, frozen=True):
    """A delivery that has its receipt."""

    number: int  #: deliveries are counted as they are enqueued
    id: str
    capture: str
    backend: str
    receipt: Receipt
    at: datetime


def capture_values(
    head: CaptureHead | CaptureRequest,
    state: CaptureState,
    now: datetime,
    *,
    has_draft: bool = False,
    has_note: bool = False,
    summary: str | None = None,
    updates: str | None = None,
    error: Fault | None = None,
) -> tuple[Any, ...]:
    """A capture that was accepted *now*, for ACCEPT."""
    return (
        head.id,
        head.url,
        head.title[:LONGEST_TITLE],
        head.plan,
        state,
        stored(now),
        head.captured_at.isoformat(),
        head.interface_language,
        has_draft,
        has_note,
        summary,
        updates,
        None if error is None else as_json(error),
    )


def reading_of(row: Row) -> Reading:
    return Reading(
        id=row["id"],
        url=row["url"],
        state=CaptureState(row["state"]),
        plan=row["plan"],
        captured_at=datetime.fromisoformat(row["captured_at"]),
        interface_language=row["interface_language"],
        has_draft=bool(row["has_draft"]),
        has_note=bool(row["has_note"]),
        summary=row["summary"],
        updates=None if row["remakes"] else row["updates"],
        lacks=value_of(row["warning"], Fault) if row["lacks_summary"] else None,
        summary_due=moment_of(row["summary_due"]),
    )


def lacking_of(row: Row) -> Lacking:
    return Lacking(row["id"], row["summary_asked"], datetime.fromisoformat(row["accepted_at"]))


def view_of(row: Row, deliveries: Iterable[Delivery]) -> CaptureView:
    archived = row["state"] == CaptureState.ARCHIVED
    return CaptureView(
        id=row["id"],
        url=row["url"],
        title=row["title"],
        state=CaptureState(row["state"]),
        plan=row["plan"],
        summary=row["summary"],
        error=value_of(row["error"], Fault),
        warning=value_of(row["warning"], Fault),
        remakes=row["remakes"],
        lacks_summary=bool(row["lacks_summary"]),
        note=NoteView(row["id"], row["title"]) if archived else None,
        deliveries=tuple(deliveries),
    )


def sending_of(row: Row) -> Sending:
    delivery = delivery_of(row)
    claimed = msgspec.structs.replace(
        delivery, state=DeliveryState.SENDING, attempts=delivery.attempts + 1
    )
    return Sending(
        delivery=claimed,
        asked_at=datetime.fromisoformat(row["asked_at"]),
        progress=value_of(row["progress"], Any),
        lost=bool(row["lost"]),
    )


def delivery_of(row: Row) -> Delivery:
    waiting = row["state"] == DeliveryState.WAITING
    return Delivery(
        id=row["id"],
        capture=row["capture"],
        backend=row["backend"],
        state=DeliveryState(row["state"]),
        attempts=row["attempts"],
        due_at=moment_of(row["due_at"]) if waiting else None,
        receipt=value_of(row["receipt"], Receipt),
        error=value_of(row["error"], Fault),
    )


def settled_of(row: Row) -> Settled:
    return Settled(
        number=row["rowid"],
        id=row["id"],
        capture=row["capture"],
        backend=row["backend"],
        receipt=value_of(row["receipt"], Receipt),
        at=datetime.fromisoformat(row["settled_at"] or row["enqueued_at"]),
    )


def as_json(value: Any) -> bytes:
    return msgspec.json.encode(value)


def value_of(blob: bytes | None, kind: Any) -> Any:
    return None if blob is None else decoded(blob, kind)


def stored(moment: datetime) -> str:
    """UTC with a fixed number of digits, so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def moment_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
