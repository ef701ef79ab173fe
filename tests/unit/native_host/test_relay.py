"""The host as a browser meets it: a process behind a launcher, and a daemon on a socket."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import threading
from io import BytesIO
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from native_host.frames import MOST_IN, MOST_OUT, write_frame
from native_host.relay import Relay
from tests.fakes.browser_port import BrowserPort
from tests.fakes.http_socket import Conversation, HttpSocket, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from native_host.socket_client import Connection


def daemon(home: Path, converse: Callable[[Conversation], None]) -> HttpSocket:
    return HttpSocket.unix(home / "daemon.sock", converse)


def echo(conversation: Conversation) -> None:
    conversation.answer(200, conversation.body())


def test_a_request_and_its_answer_take_one_frame_each(home: Path, launcher: Path) -> None:
    def converse(conversation: Conversation) -> None:
        body = f"{conversation.method} {conversation.path} ".encode() + conversation.body()
        conversation.answer(201, body)

    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="r1", method="POST", path="/captures", body="归档")

        assert port.receive() == {"id": "r1", "status": 201, "body": "POST /captures 归档"}


def test_an_answer_without_a_body_is_a_frame_with_an_empty_one(home: Path, launcher: Path) -> None:
    with (
        daemon(home, lambda conversation: conversation.answer(204)),
        BrowserPort(launcher) as port,
    ):
        port.send(id="r1", method="DELETE", path="/captures/1")

        assert port.receive() == {"id": "r1", "status": 204, "body": ""}


def test_errors_of_the_daemon_come_as_they_are(home: Path, launcher: Path) -> None:
    error = '{"error": {"code": "unknown-route"}}'
    with (
        daemon(home, lambda conversation: conversation.answer(404, error.encode())),
        BrowserPort(launcher) as port,
    ):
        assert port.ask("GET", "/nothing") == (404, error)


def test_each_piece_is_asked_for(home: Path, launcher: Path) -> None:
    with daemon(home, echo), BrowserPort(launcher) as port:
        port.send(id="r1", method="POST", path="/captures", body="one", more=True)
        assert port.receive() == {"id": "r1", "status": 100}
        port.send(id="r1", body="two", more=True)
        assert port.receive() == {"id": "r1", "status": 100}
        port.send(id="r1", body="three")

        assert port.answer() == (200, "onetwothree")


def test_a_body_of_200_mb_passes_through_flat_memory(home: Path, launcher: Path) -> None:
    def converse(conversation: Conversation) -> None:
        size = sum(len(piece) for piece in conversation.pieces())
        conversation.answer(201, str(size).encode())

    frame = json.dumps({"id": "r1", "body": "x" * 1024 * 1024, "more": True}).encode()
    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="r1", method="POST", path="/captures", more=True)
        for _ in range(200):
            assert port.receive() == {"id": "r1", "status": 100}
            port.send_bytes(frame)
        assert port.receive() == {"id": "r1", "status": 100}
        port.send(id="r1", body="")

        assert port.answer() == (201, str(200 * 1024 * 1024))
        assert port.peak_memory() < 60_000_000


def test_a_refused_body_is_answered_before_its_end(home: Path, launcher: Path) -> None:
    piece = "x" * 1_000_000
    with (
        daemon(home, lambda conversation: conversation.answer(413, b"too large")),
        BrowserPort(launcher) as port,
    ):
        port.send(id="r1", method="POST", path="/captures", body=piece, more=True)
        while (frame := port.receive()) == {"id": "r1", "status": 100}:
            port.send(id="r1", body=piece, more=True)

        assert frame == {"id": "r1", "status": 413, "body": "too large"}


@pytest.mark.parametrize("chunked", [True, False])
def test_a_large_answer_arrives_whole_in_frames_that_browsers_take(
    home: Path, launcher: Path, chunked: bool
) -> None:
    # One to four bytes per character, so that every cut meets the middle of one somewhere.
    text = "a归é😀档" * (5_000_000 // len("a归é😀档".encode()))

    def converse(conversation: Conversation) -> None:
        data = text.encode()
        if not chunked:
            return conversation.answer(200, data)
        conversation.begin_chunks()
        for start in range(0, len(data), 99_991):
            conversation.chunk(data[start : start + 99_991])
        return conversation.chunk(b"")

    with daemon(home, converse), BrowserPort(launcher) as port:
        assert port.ask("GET", "/captures/1") == (200, text)
        assert port.longest < MOST_OUT


def test_no_frame_is_too_long_for_any_characters(home: Path, launcher: Path) -> None:
    with (
        # JSON writes a control character with six bytes.
        daemon(home, lambda conversation: conversation.answer(200, b"\1" * 2_000_000)),
        BrowserPort(launcher) as port,
    ):
        name = "\1" * 256
        port.send(id=name, method="GET", path="/captures/1")

        assert port.answer() == (200, "\1" * 2_000_000)
        assert 900_000 < port.longest < MOST_OUT


def test_an_event_arrives_while_the_stream_goes_on(home: Path, launcher: Path) -> None:
    """Other requests are answered meanwhile, each under its own id."""
    go_on = threading.Event()

    def converse(conversation: Conversation) -> None:
        if conversation.path != "/events":
            return echo(conversation)
        conversation.begin_chunks()
        conversation.chunk(b"hello")
        assert go_on.wait(60)
        conversation.chunk(b"")
        return None

    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="events", method="GET", path="/events")
        assert port.receive() == {"id": "events", "status": 200, "body": "hello", "more": True}
        for name in ("r1", "r2", "r3"):
            port.send(id=name, method="POST", path="/captures", body=name)
            assert port.receive() == {"id": name, "status": 200, "body": name}
        go_on.set()

        assert port.receive() == {"id": "events", "status": 200, "body": ""}


def test_an_id_can_be_used_again_after_its_answer(home: Path, launcher: Path) -> None:
    with daemon(home, echo), BrowserPort(launcher) as port:
        answers = [port.ask("POST", "/captures", str(round_)) for round_ in range(100)]

    assert answers == [(200, str(round_)) for round_ in range(100)]


def test_a_cancel_closes_the_connection_and_silences_the_request(
    home: Path, launcher: Path
) -> None:
    closed = threading.Event()

    def converse(conversation: Conversation) -> None:
        if conversation.path != "/events":
            return echo(conversation)
        conversation.begin_chunks()
        conversation.chunk(b"hello")
        conversation.wait_for_close()
        return closed.set()

    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="r1", method="GET", path="/events")
        port.receive()
        port.send(id="r1", cancel=True)

        assert closed.wait(60)
        assert port.ask("POST", "/captures", "next") == (200, "next")


def test_a_cancel_between_two_pieces_ends_the_upload(home: Path, launcher: Path) -> None:
    ended: SimpleQueue[str] = SimpleQueue()

    def converse(conversation: Conversation) -> None:
        if conversation.path == "/status":
            return conversation.answer(200, b"fine")
        with pytest.raises(ValueError, match="invalid literal"):  # no size of a next chunk
            conversation.body()
        return ended.put("closed")

    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="r1", method="POST", path="/captures", body="one", more=True)
        port.receive()
        port.send(id="r1", cancel=True)

        assert ended.get(timeout=60) == "closed"
        assert port.ask("GET", "/status") == (200, "fine")


def test_a_cancel_that_crosses_the_answer_is_no_mistake(home: Path, launcher: Path) -> None:
    with daemon(home, echo), BrowserPort(launcher) as port:
        port.ask("GET", "/status")
        port.send(id="r1", cancel=True)

        assert port.ask("POST", "/captures", "next") == (200, "next")


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        (b"", None),
        (b"not JSON", None),
        (b'{"id": "\\ud800", "method": "GET", "path": "/status"}', None),
        (bytes(100), None),
        (b'{"id": "r1", "method": "GET", "path": "/status", "body": "\\udc00"}', "r1"),
        (b'{"id": "r1", "method": "GET", "path": "/ HTTP/1.1\\r\\nX: y\\r\\n"}', "r1"),
        (b'{"id": "r1", "body": "a piece of nothing"}', "r1"),
        (b'{"id": "r1", "method": 1, "path": "/status"}', "r1"),
    ],
)
def test_a_bad_frame_is_answered_and_the_host_goes_on(
    home: Path, launcher: Path, frame: bytes, name: str | None
) -> None:
    with daemon(home, echo), BrowserPort(launcher) as port:
        port.send_bytes(frame)

        assert port.error() == (name, 400, "frame-invalid")
        assert port.ask("POST", "/captures", "next") == (200, "next")


def test_a_length_over_the_limit_is_answered_and_ends_the_host(launcher: Path) -> None:
    with BrowserPort(launcher) as port:
        port.send_raw(struct.pack("=I", MOST_IN + 1))

        assert port.error() == (None, 413, "frame-too-large")
        assert port.process.wait() == 1


@pytest.mark.parametrize("data", [b"\1\0", struct.pack("=I", 100) + b'{"id":'])
def test_a_stream_that_ends_inside_a_frame_is_answered(launcher: Path, data: bytes) -> None:
    with BrowserPort(launcher) as port:
        port.send_raw(data)

        assert port.close() == 1
        assert port.error() == (None, 400, "frame-invalid")


def test_a_piece_that_was_not_asked_for_ends_its_request(home: Path, launcher: Path) -> None:
    """So a request's memory stays within one piece."""

    def converse(conversation: Conversation) -> None:
        conversation.body()
        conversation.wait_for_close()

    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="r1", method="POST", path="/captures", body="all of it")
        port.send(id="r1", body="more of it")

        assert port.error() == ("r1", 400, "frame-invalid")


def test_a_second_request_with_the_id_of_one_in_flight_ends_both(
    home: Path, launcher: Path
) -> None:
    with daemon(home, Conversation.wait_for_close), BrowserPort(launcher) as port:
        port.send(id="r1", method="GET", path="/events")
        port.send(id="r1", method="GET", path="/events")

        assert port.error() == ("r1", 400, "frame-invalid")


def test_a_daemon_that_breaks_off_is_lost(home: Path, launcher: Path) -> None:
    def converse(conversation: Conversation) -> None:
        if conversation.path == "/events":
            conversation.begin_chunks()
            conversation.chunk(b"hello")

    with daemon(home, converse), BrowserPort(launcher) as port:
        port.send(id="r1", method="GET", path="/status")
        assert port.error() == ("r1", 502, "daemon-lost")

        port.send(id="r2", method="GET", path="/events")
        assert port.receive()["body"] == "hello"
        assert port.error() == ("r2", 502, "daemon-lost")


def test_an_answer_that_is_not_text_is_lost(home: Path, launcher: Path) -> None:
    with (
        daemon(home, lambda conversation: conversation.answer(200, b"caf\xe9")),
        BrowserPort(launcher) as port,
    ):
        port.send(id="r1", method="GET", path="/status")

        assert port.error() == ("r1", 502, "daemon-lost")


def test_a_daemon_that_cannot_be_started_is_unreachable(launcher: Path) -> None:
    with BrowserPort(launcher) as port:
        port.send(id="r1", method="GET", path="/status")

        assert port.error() == ("r1", 503, "daemon-unreachable")


def test_a_bug_of_the_host_is_answered_and_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    frames: SimpleQueue[bytes] = SimpleQueue()
    logged: SimpleQueue[type[BaseException]] = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda args: logged.put(args.exc_type))

    class Sink(BytesIO):
        def write(self, data: Any) -> int:
            frames.put(data)
            return len(data)

    def connect() -> Connection:
        raise RuntimeError("a bug")

    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as browser:
        relay = threading.Thread(target=Relay(source, Sink(), connect).run)
        relay.start()
        write_frame(browser, b'{"id": "r1", "method": "GET", "path": "/status"}')
        answer = json.loads(frames.get(timeout=60)[4:])
        assert logged.get(timeout=60) is RuntimeError
        browser.close()
        relay.join()

    assert (answer["id"], answer["status"]) == ("r1", 500)
    assert json.loads(answer["body"])["error"]["code"] == "internal-error"


def test_the_end_of_stdin_ends_the_host_at_once_with_all_its_connections(
    home: Path, launcher: Path
) -> None:
    closed: SimpleQueue[str] = SimpleQueue()

    def converse(conversation: Conversation) -> None:
        conversation.begin_chunks()
        conversation.chunk(b"hello")
        conversation.wait_for_close()
        closed.put(conversation.path)

    with daemon(home, converse), BrowserPort(launcher) as port:
        for path in ("/events", "/captures"):
            port.send(id=path, method="GET", path=path)
            port.receive()

        assert port.close() == 0
        assert {closed.get(timeout=60), closed.get(timeout=60)} == {"/events", "/captures"}
        assert port.said() == ""


def test_a_browser_that_reads_no_longer_ends_the_host_quietly(home: Path, launcher: Path) -> None:
    def say_much(conversation: Conversation) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may leave before
            say("x" * 1_000_000)(conversation)

    with daemon(home, say_much), BrowserPort(launcher) as port:
        port.stop_reading()
        port.send(id="r1", method="GET", path="/status")
        port.send_bytes(b"not JSON")

        assert port.close() == 0
        assert port.said() == ""
