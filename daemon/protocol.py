"""JSON ↔ values: what travels on the socket. PROTOCOL.md is its description."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from .decoding import converted, decoded
from .errors import DaemonError, ProtocolError
from .model import (
    Capture,
    CaptureState,
    Delivery,
    DeliveryState,
    Fault,
    Id,
    Moment,
    Receipt,
    Summary,
)

PROTOCOL = 1

T = TypeVar("T")


class CaptureRequest(Capture, frozen=True, kw_only=True):
    """POST /captures: a capture, and what to do with it."""

    plan: str | None = None
    draft: bool = False  #: true: wait for the user's Archive


class CaptureHead(Struct, frozen=True, kw_only=True):
    """A CaptureRequest without texts and images: all that accepting it needs, in a tenth of the
    time.
    """

    id: Id
    url: str
    title: str
    captured_at: Moment
    canonical: str | None = None
    interface_language: str | None = None
    plan: str | None = None
    draft: bool = False


class Edit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """PATCH /captures/ID: what the user changed in a draft."""

    title: str | None = None
    markdown: str | None = None
    summary: str | None = None


class ArchiveRequest(Edit, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /captures/ID/archive: the last edits, and where it goes."""

    plan: str | None = None
    updates: Id | None = None  #: the note of which it becomes the new version, in its place


class SecretRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /secrets/NAME."""

    value: str


class SecretView(Struct, frozen=True):
    """The answer to GET /secrets/NAME: nobody is told what it is."""

    kept: bool


class PreviewRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /settings/preview: settings of which a person wants to see what they make."""

    template: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}(?!\n)$")] = "classic"
    language: str | None = None  #: of the note, as BCP 47
    subfolder: str = ""
    name: str = "{{ title }}"


class Preview(Struct, frozen=True, kw_only=True):
    """Its answer: a sample note."""

    file: str  #: within the folder of its backend
    markdown: str


class TryRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """POST /summarizer/try: a text that belongs to no capture."""

    title: Annotated[str, Meta(max_length=1_000)]
    markdown: Annotated[str, Meta(max_length=100_000)]
    language: str | None = None  #: of the summary, as BCP 47


class Place(Struct, frozen=True, kw_only=True):
    """Where a note went, by a backend's receipt."""

    backend: str
    place: str
    url: str | None = None
    revision: str | None = None
    stored_at: Moment


class Earlier(Struct, frozen=True, kw_only=True):
    """The newest note that was made of the same page before."""

    id: Id
    title: str
    archived_at: Moment
    places: tuple[Place, ...] = ()


class FoundNote(Earlier, frozen=True, kw_only=True):
    """GET /notes: a note that a search found.

    What is marked is cut at its hits: every second piece is one, the first is not.
    """

    url: str
    site: str | None = None
    language: str | None = None
    byline: str | None = None
    published: str | None = None
    tags: tuple[str, ...] = ()
    marked_title: tuple[str, ...] = ()
    snippet: tuple[str, ...] = ()
    newer_version: Id | None = None  #: the newest note that replaces it
    older_versions: tuple[Id, ...] = ()  #: the notes that it replaces, the newest first


class WholeNote(FoundNote, frozen=True, kw_only=True):
    """GET /notes/ID."""

    markdown: str
    text_at: int = 0  #: UTF-16 units of the head before its text, where a head is known


class NotesRequest(Struct, frozen=True, kw_only=True):
    """GET /notes: what is searched for; days and moments in ISO 8601."""

    query: str = ""
    site: str | None = None
    tag: str | None = None
    since: str | None = None
    until: str | None = None
    backend: str | None = None
    state: DeliveryState | None = None  #: of a delivery of the note, to *backend* if one is named
    versions: bool = False  #: also notes of which there is a newer version
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 50
    offset: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    count: bool = False  #: tell how many there are in all


class PlacesRequest(Struct, frozen=True):
    """GET /backends/{name}/places."""

    below: str = ""  #: the token or address of a place; empty: the first


class PassedOver(Struct, frozen=True):
    """A file that was not indexed, and why."""

    file: str
    reason: str


class Reindexed(Struct, frozen=True, kw_only=True):
    """POST /notes/reindex: how far it is; the counts only grow."""

    type: Literal["progress", "done"] = "progress"
    notes: int = 0  #: looked at, in spool and folders
    added: int = 0  #: of these, those that the library did not have, or not so
    places: int = 0  #: receipts that the outbox remembers
    gone: int = 0  #: places whose file is there no longer
    passed_over: int = 0  #: files that are no notes, or cannot be read
    passed: tuple[PassedOver, ...] = ()  #: the first of them


class Accepted(Struct, frozen=True):
    """The answer to POST /captures: it is on disk."""

    id: Id
    state: CaptureState
    earlier: Earlier | None = None


class Remade(Struct, frozen=True, kw_only=True):
    """The answer to POST /captures/ID/remake."""

    capture: Id  #: the newest version: the new one, or the one that is as it would be now
    outcome: Literal["remade", "unchanged"]
    warning: Fault | None = None


class SummaryLine(Struct, frozen=True, tag_field="type"):
    """POST /captures/ID/summary: a line of its stream; `type` tells which."""


class SummaryText(SummaryLine, frozen=True, tag="text"):
    text: str


class SummaryAnew(SummaryLine, frozen=True, tag="anew"):
    """What came before is void."""


class SummaryDone(SummaryLine, frozen=True, tag="done"):
    summary: Summary


class SummaryFailed(SummaryLine, frozen=True, tag="error"):
    error: Fault


class NoteView(Struct, frozen=True):
    id: Id
    title: str


class PlannedView(Struct, frozen=True, kw_only=True):
    """What becomes of a draft with one of the plans."""

    plan: str
    template: str
    summary: bool


class CaptureView(Struct, frozen=True, kw_only=True):
    """A capture as the browser sees it."""

    id: Id
    url: str
    title: str
    state: CaptureState
    plan: str | None = None
    markdown: str | None = None
    summary: str | None = None  #: of a draft: as the user left it, or else as it was written
    written: Summary | None = None  #: of a draft: as it was written on request
    error: Fault | None = None
    warning: Fault | None = None  #: what its note lacks, and why
    remakes: Id | None = None  #: the capture of which this is a newer version
    lacks_summary: bool = False  #: none could be written
    note: NoteView | None = None
    deliveries: tuple[Delivery, ...] = ()
    planned: tuple[PlannedView, ...] = ()  #: of a draft: first with the plan that it goes by
    address: str | None = None  #: of a draft that is ready: what its note gives as its URL
    earlier: Earlier | None = None


class PlanView(Struct, frozen=True):
    name: str
    backends: tuple[str, ...]
    kinds: tuple[str, ...]  #: of the backends, in their order
    summary: bool


class Status(Struct, frozen=True, kw_only=True):
    """GET /status."""

    version: str
    protocol: int = PROTOCOL
    pid: int
    captures: dict[str, int]
    deliveries: dict[str, int]
    plans: tuple[PlanView, ...]
    plan: str
    faults: tuple[Fault, ...] = ()  #: what happened to the daemon's state and needs a look


class Event(Struct, frozen=True, tag_field="type", kw_only=True):
    """Something that happened; `type` tells which."""


class Hello(Event, frozen=True, tag="hello"):
    version: str
    protocol: int = PROTOCOL


class CaptureAccepted(Event, frozen=True, tag="accepted", kw_only=True):
    capture: Id


class DraftReady(Event, frozen=True, tag="ready", kw_only=True):
    capture: Id


class CaptureFailed(Event, frozen=True, tag="failed", kw_only=True):
    capture: Id
    error: Fault


class NoteEnqueued(Event, frozen=True, tag="enqueued", kw_only=True):
    capture: Id
    note: NoteView
    deliveries: tuple[Delivery, ...]
    warning: Fault | None = None


class DeliveryRetried(Event, frozen=True, tag="retried", kw_only=True):
    capture: Id
    delivery: str
    backend: str


class DeliverySending(Event, frozen=True, tag="sending", kw_only=True):
    capture: Id
    delivery: str
    backend: str


class DeliveryDelivered(Event, frozen=True, tag="delivered", kw_only=True):
    capture: Id
    delivery: str
    backend: str
    receipt: Receipt


class DeliveryWaits(Event, frozen=True, tag="deferred", kw_only=True):
    capture: Id
    delivery: str
    backend: str
    error: Fault
    due_at: datetime


class DeliveryRefused(Event, frozen=True, tag="rejected", kw_only=True):
    capture: Id
    delivery: str
    backend: str
    error: Fault


class NoteIndexed(Event, frozen=True, tag="indexed", kw_only=True):
    capture: Id


class NoteRemoved(Event, frozen=True, tag="removed", kw_only=True):
    capture: Id


def decode(kind: type[T], body: bytes | bytearray) -> T:
    """*body* as a value of *kind*.

    Raises:
        ProtocolError: It is not JSON, or a field is missing or of the wrong type.
    """
    try:
        return decoded(body, kind)
    except msgspec.ValidationError as error:
        raise _invalid(f"{error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(
            "request-not-json", f"The request is not JSON: {error}.", "See PROTOCOL.md."
        ) from error


def decode_query(kind: type[T], query: Mapping[str, str]) -> T:
    """The *query* of an address as a value of *kind*.

    Raises:
        ProtocolError: A value is not of its type.
    """
    try:
        return converted(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(f"{error}") from error


def decode_moment(text: str, *, end_of_day: bool = False) -> datetime:
    """A moment, or the beginning or end of a day on this machine.

    Raises:
        ProtocolError: It is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
        whole_day = end_of_day and len(text) <= len("2026-11-20")
        return (moment + timedelta(days=whole_day)).astimezone()
    except (ValueError, OverflowError) as error:
        raise ProtocolError(
            "request-invalid",
            f"“{text[:50]}” is no date.",
            "Write a day as 2026-11-20, or a moment as 2026-11-20T08:00.",
        ) from error


def encode(value: Any) -> bytes:
    """*value* as JSON."""
    return msgspec.json.encode(value)


def encode_line(value: Any) -> bytes:
    """*value* as one line of a stream."""
    return msgspec.json.encode(value) + b"\n"


#: What is told of an error that is a bug of ours.
INTERNAL = Fault(
    "internal-error", "Something went wrong that should not.", "The daemon's log has the details."
)


def fault_of(error: DaemonError) -> Fault:
    """*error* as it is stored and as it crosses a wire: by field."""
    return Fault(error.code, error.message, error.hint)


def error_answer(error: DaemonError) -> bytes:
    """The body of every answer that is an error."""
    return encode({"error": fault_of(error)})


def _invalid(reason: str) -> ProtocolError:
    return ProtocolError(
        "request-invalid", f"The request is not valid: {reason}.", "See PROTOCOL.md."
    )
