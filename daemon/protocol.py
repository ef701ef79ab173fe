"""JSON ↔ values: what travels on the socket. PROTOCOL.md is its description."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from .errors import DaemonError, ProtocolError
from .model import Capture, CaptureState, Delivery, Fault, Id, Moment, Receipt

PROTOCOL = 1

T = TypeVar("T")


class CaptureRequest(Capture, frozen=True, kw_only=True):
    """POST /captures: a capture, and what to do with it."""

    plan: str | None = None
    draft: bool = False  #: true: wait for the user's Archive


class CaptureHead(Struct, frozen=True, kw_only=True):
    """A CaptureRequest without its texts: enough to accept it, and read in a tenth of the time."""

    id: Id
    url: str
    title: str
    captured_at: Moment
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


class SecretRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """PUT /secrets/NAME."""

    value: str


class Accepted(Struct, frozen=True):
    """The answer to POST /captures: it is on disk."""

    id: Id
    state: CaptureState


class NoteView(Struct, frozen=True):
    id: Id
    title: str


class CaptureView(Struct, frozen=True, kw_only=True):
    """A capture as the browser sees it."""

    id: Id
    url: str
    title: str
    state: CaptureState
    plan: str | None = None
    markdown: str | None = None
    summary: str | None = None
    error: Fault | None = None
    note: NoteView | None = None
    deliveries: tuple[Delivery, ...] = ()


class PlanView(Struct, frozen=True):
    name: str
    backends: tuple[str, ...]
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


def decode(kind: type[T], body: bytes | bytearray) -> T:
    """*body* as a value of *kind*.

    Raises:
        ProtocolError: It is not JSON, or a field is missing or of the wrong type.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise ProtocolError(
            "request-invalid", f"The request is not valid: {error}.", "See PROTOCOL.md."
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(
            "request-not-json", f"The request is not JSON: {error}.", "See PROTOCOL.md."
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
