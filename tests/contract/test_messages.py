"""The examples under messages/ are read by both languages; these are the daemon's readings."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon import protocol
from daemon.backends import Destinations
from daemon.errors import ProtocolError

MESSAGES = Path(__file__).parent / "messages"
EVENTS = (
    protocol.Hello
    | protocol.CaptureAccepted
    | protocol.DraftReady
    | protocol.CaptureFailed
    | protocol.NoteEnqueued
    | protocol.DeliveryRetried
    | protocol.DeliverySending
    | protocol.DeliveryDelivered
    | protocol.DeliveryWaits
    | protocol.DeliveryRefused
    | protocol.NoteIndexed
    | protocol.NoteRemoved
)
SUMMARY = (
    protocol.SummaryText | protocol.SummaryAnew | protocol.SummaryDone | protocol.SummaryFailed
)
KINDS: dict[str, Any] = {
    "request-capture": protocol.CaptureRequest,
    "request-edit": protocol.Edit,
    "request-archive": protocol.ArchiveRequest,
    "request-secret": protocol.SecretRequest,
    "request-preview": protocol.PreviewRequest,
    "request-try": protocol.TryRequest,
    "answer-preview": protocol.Preview,
    "answer-accepted": protocol.Accepted,
    "answer-status": protocol.Status,
    "answer-capture": protocol.CaptureView,
    "answer-capture-draft": protocol.CaptureView,
    "answer-capture-summary": protocol.CaptureView,
    "answer-remade": protocol.Remade,
    "answer-places": Destinations,
}
FILES = sorted(MESSAGES.glob("*.json"))


def kind_of(name: str) -> Any:
    unions = {"event": EVENTS, "summary": SUMMARY}
    return unions.get(name.partition("-")[0]) or KINDS[name]


@pytest.mark.parametrize(
    "file", [file for file in FILES if file.stem != "answer-error"], ids=lambda file: file.stem
)
def test_each_example_is_read_and_written_again_as_it_was(file: Path) -> None:
    value = protocol.decode(kind_of(file.stem), file.read_bytes())

    written = json.loads(protocol.encode(value))
    expected = json.loads(file.read_text())
    assert {key: written[key] for key in expected} == expected


def test_an_error_is_written_by_field() -> None:
    example = json.loads((MESSAGES / "answer-error.json").read_text())

    assert json.loads(protocol.error_answer(ProtocolError(**example["error"]))) == example


def test_every_event_has_an_example() -> None:
    tags = {msgspec.inspect.type_info(kind).tag for kind in protocol.Event.__subclasses__()}  # type: ignore[attr-defined]  # only struct types have a tag

    assert tags == {file.stem.removeprefix("event-") for file in MESSAGES.glob("event-*.json")}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "request-not-json"),
        (b"{", "request-not-json"),
        (b"\xff\xfe", "request-not-json"),
        (b"[]", "request-invalid"),
        (b'{"id": 1}', "request-invalid"),
        (b'{"id": "../../etc/passwd", "url": ""}', "request-invalid"),
        (b'{"id": "0123456789", "url": "x", "title": "t"}', "request-invalid"),
        (
            b'{"id": "0123456789", "url": "x", "title": "\\ud800", "html": "",'
            b' "captured_at": "2026-01-01T00:00:00Z"}',
            "request-not-json",
        ),
        (
            b'{"id": "0123456789", "url": "x", "title": "t", "html": "",'
            b' "captured_at": "2026-01-01T00:00:00"}',
            "request-invalid",
        ),
    ],
)
def test_what_is_no_capture_is_refused_with_a_code(body: bytes, code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        protocol.decode(protocol.CaptureRequest, body)

    assert refused.value.code == code
    assert refused.value.hint
