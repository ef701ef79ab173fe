from __future__ import annotations

import json
import struct
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native_host.errors import FrameError, FrameTooLargeError
from native_host.frames import (
    LONGEST_ID,
    MOST_IN,
    MOST_OUT,
    Cancel,
    Piece,
    Request,
    parse,
    read_frame,
    write_frame,
)


@given(st.lists(st.binary(max_size=2000)))
def test_what_is_written_is_read(bodies: list[bytes]) -> None:
    stream = BytesIO()
    for body in bodies:
        write_frame(stream, body)
    stream.seek(0)

    assert list(iter(lambda: read_frame(stream), None)) == bodies


def test_a_length_counts_bytes_not_characters() -> None:
    stream = BytesIO()

    write_frame(stream, "归档".encode())

    assert stream.getvalue()[:4] == struct.pack("=I", 6)


def test_a_frame_goes_out_in_one_write() -> None:
    class Writes(BytesIO):
        count = 0

        def write(self, data: Any) -> int:
            self.count += 1
            return super().write(data)

    stream = Writes()
    write_frame(stream, b"x" * MOST_OUT)

    assert stream.count == 1


def test_a_stream_that_takes_only_part_gets_the_rest() -> None:
    class Narrow(BytesIO):
        def write(self, data: Any) -> int:
            return super().write(data[:7])

    stream = Narrow()
    write_frame(stream, b"0123456789")

    assert stream.getvalue()[4:] == b"0123456789"


def test_a_frame_over_what_browsers_take_is_not_written() -> None:
    stream = BytesIO()

    with pytest.raises(FrameTooLargeError):
        write_frame(stream, b"x" * (MOST_OUT + 1))

    assert stream.getvalue() == b""


def test_a_frame_of_the_most_that_browsers_send_is_read() -> None:
    body = bytes(MOST_IN)

    assert read_frame(BytesIO(struct.pack("=I", MOST_IN) + body)) == body


def test_one_byte_more_is_too_large() -> None:
    with pytest.raises(FrameTooLargeError):
        read_frame(BytesIO(struct.pack("=I", MOST_IN + 1)))


@pytest.mark.parametrize("data", [b"\1", b"\1\0\0", struct.pack("=I", 5) + b"{}  "])
def test_a_stream_that_ends_inside_a_frame_is_an_error(data: bytes) -> None:
    with pytest.raises(FrameError, match="ended"):
        read_frame(BytesIO(data))


def test_the_first_frame_of_a_request_has_method_path_and_body() -> None:
    frame = parse(b'{"id": "r1", "method": "POST", "path": "/captures", "body": "{}"}')

    assert isinstance(frame, Request)
    assert (frame.name, frame.method, frame.path, frame.body, frame.more) == (
        "r1",
        "POST",
        "/captures",
        b"{}",
        False,
    )


def test_a_further_piece_has_neither_method_nor_path() -> None:
    frame = parse('{"id": "r1", "body": "归", "more": true}'.encode())

    assert isinstance(frame, Piece)
    assert (frame.name, frame.body, frame.more) == ("r1", "归".encode(), True)


def test_a_cancel_names_its_request() -> None:
    frame = parse(b'{"id": "r1", "cancel": true}')

    assert isinstance(frame, Cancel)
    assert frame.name == "r1"


def test_nul_characters_of_a_body_reach_the_daemon() -> None:
    frame = parse(b'{"id": "r1", "body": "a\\u0000b"}')

    assert isinstance(frame, Piece)
    assert frame.body == b"a\0b"


NAMELESS = {
    "nothing": b"",
    "not JSON": b"<html>",
    "half of it": b'{"id": "r1"',
    "not UTF-8": b'{"id": "\xff"}',
    "UTF-16": '{"id": "r1", "method": "GET", "path": "/"}'.encode("utf-16-le"),
    "NUL bytes": bytes(64),
    "too deep": b"[" * 1_000_000,
    "a number of many digits": b'{"id": ' + b"9" * 10_000 + b"}",
    "a list": b'["r1"]',
    "a text": b'"r1"',
    "no id": b'{"method": "GET", "path": "/status"}',
    "an id that is a number": b'{"id": 1, "method": "GET", "path": "/status"}',
    "an id that is null": b'{"id": null}',
    "an empty id": b'{"id": "", "method": "GET", "path": "/status"}',
    "an over-long id": json.dumps({"id": "x" * (LONGEST_ID + 1), "cancel": True}).encode(),
    "an id with half a surrogate pair": b'{"id": "\\ud800", "cancel": true}',
}


@pytest.mark.parametrize("data", NAMELESS.values(), ids=NAMELESS)
def test_a_frame_that_names_no_request_is_refused(data: bytes) -> None:
    with pytest.raises(FrameError) as caught:
        parse(data)

    assert (caught.value.code, caught.value.request) == ("frame-invalid", None)


def request(**fields: Any) -> dict[str, Any]:
    return {"id": "r1", "method": "GET", "path": "/status", **fields}


NAMED = {
    "an unknown field": request(url="https://example.org"),
    "a body that is an object": request(body={}),
    "a body that is null": request(body=None),
    "a body with half a surrogate pair": request(body="a\ud800b"),
    "more that is a number": request(more=1),
    "a cancel that is false": {"id": "r1", "cancel": False},
    "a cancel with a body": {"id": "r1", "cancel": True, "body": ""},
    "no path": {"id": "r1", "method": "GET"},
    "no method": {"id": "r1", "path": "/status"},
    "a method that is none": request(method="TRACE"),
    "a method in small letters": request(method="get"),
    "a method with a header": request(method="GET / HTTP/1.1\r\nX: y\r\n\r\nGET"),
    "a path that is a number": request(path=1),
    "a path without a slash": request(path="status"),
    "an empty path": request(path=""),
    "a path with a space": request(path="/status HTTP/1.1"),
    "a path with a line": request(path="/status\r\nX: y"),
    "a path with a bare line feed": request(path="/status\nX: y"),
    "a path with a NUL": request(path="/status\0"),
    "a path with a DEL": request(path="/\x7f"),
    "a path beyond ASCII": request(path="/归档"),
    "a path with a line separator": request(path="/\u2028"),
    "a path with half a surrogate pair": request(path="/\ud800"),
}


@pytest.mark.parametrize("fields", NAMED.values(), ids=NAMED)
def test_a_bad_frame_tells_whose_it_was(fields: dict[str, Any]) -> None:
    with pytest.raises(FrameError) as caught:
        parse(json.dumps(fields).encode())

    assert (caught.value.code, caught.value.request) == ("frame-invalid", "r1")


@given(st.binary(max_size=200))
def test_bytes_at_random_are_no_frame(data: bytes) -> None:
    with pytest.raises(FrameError, match=r"\.$"):
        parse(data)
