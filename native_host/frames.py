"""Frames of native messaging: a length (uint32, native byte order), then as many bytes of JSON.

`read_frame` and `write_frame` count bytes; `parse` says what a browser's frame asks for.
The frames' fields stand in PROTOCOL.md.
"""

from __future__ import annotations

import json
import struct

from .errors import FrameError, FrameTooLargeError
from .socket_client import METHODS, is_path

# `typing` costs 2.5 ms of a start that lasts about 20; type checkers know this name as true.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

LENGTH = struct.Struct("=I")

#: What a browser sends at most in one frame: Chromium throws at one byte more.
MOST_IN = 64 * 1024 * 1024

#: What a browser takes at most in one frame; it kills a host that sends more.
MOST_OUT = 1024 * 1024

#: So that an id never eats the room that an answer's frame has for its body.
LONGEST_ID = 256

FIELDS = {"id": str, "method": str, "path": str, "body": str, "more": bool, "cancel": bool}


# The values of a frame are plain classes: `dataclasses` costs 10 ms, as it imports `inspect`.
class Request:
    """The first frame of a request; *more* pieces of its body may follow."""

    __slots__ = ("body", "method", "more", "name", "path")

    def __init__(self, name: str, method: str, path: str, body: bytes, *, more: bool) -> None:
        self.name = name
        self.method = method
        self.path = path
        self.body = body
        self.more = more


class Piece:
    """A further piece of the body of a request."""

    __slots__ = ("body", "more", "name")

    def __init__(self, name: str, body: bytes, *, more: bool) -> None:
        self.name = name
        self.body = body
        self.more = more


class Cancel:
    """Nobody waits for the answer to this request any longer."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


def read_frame(stream: BinaryIO) -> bytes | None:
    """The bytes of the next frame; None at the end of a (buffered) *stream*.

    Raises:
        FrameError: The stream ended inside a frame.
        FrameTooLargeError: The length is over MOST_IN. Nothing after it can be read.
    """
    head = stream.read(LENGTH.size)
    if not head:
        return None
    if len(head) < LENGTH.size:
        raise FrameError("The stream ended inside the length of a frame.")
    (length,) = LENGTH.unpack(head)
    if length > MOST_IN:
        raise FrameTooLargeError(f"A frame of {length} bytes is over the limit of {MOST_IN}.")
    body = stream.read(length)
    if len(body) < length:
        raise FrameError(f"The stream ended after {len(body)} of a frame's {length} bytes.")
    return body


def write_frame(stream: BinaryIO, body: bytes) -> None:
    """Write one frame of *body*, in one write.

    Raises:
        FrameTooLargeError: It is over MOST_OUT; nothing was written.
        OSError: The browser reads no longer.
    """
    if len(body) > MOST_OUT:
        raise FrameTooLargeError(f"A frame of {len(body)} bytes is over the limit of {MOST_OUT}.")
    rest = LENGTH.pack(len(body)) + body
    # An unbuffered stream may take less than it is given, when a signal comes in between.
    while rest:
        rest = rest[stream.write(rest) :]
    stream.flush()


def parse(data: bytes) -> Request | Piece | Cancel:
    """What the frame *data* asks for.

    Raises:
        FrameError: It is not JSON, or its fields are not those of a frame.
    """
    fields = _fields(data)
    name = _name(fields)
    _check_types(fields, name)
    if "cancel" in fields:
        if fields != {"id": name, "cancel": True}:
            raise FrameError("A frame with `cancel` has other fields too.", request=name)
        return Cancel(name)
    body, more = _body(fields, name), bool(fields.get("more", False))
    if "method" not in fields and "path" not in fields:
        return Piece(name, body, more=more)
    method, path = str(fields.get("method")), str(fields.get("path"))
    if method not in METHODS:
        raise FrameError(f"The method of a frame is none of {', '.join(METHODS)}.", request=name)
    if not is_path(path):
        raise FrameError("The path of a frame is not ASCII beginning with `/`.", request=name)
    return Request(name, method, path, body, more=more)


def _fields(data: bytes) -> dict[str, object]:
    try:
        # Decoded here, because json.loads takes bytes with NULs for UTF-16 or UTF-32.
        fields = json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise FrameError("A frame is not JSON in UTF-8.") from error
    if not isinstance(fields, dict):
        raise FrameError("A frame is not a JSON object.")
    return fields


def _name(fields: dict[str, object]) -> str:
    name = fields.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise FrameError(f"The id of a frame is not a text of 1 to {LONGEST_ID} characters.")
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise FrameError("The id of a frame holds half a surrogate pair.") from error
    return name


def _check_types(fields: dict[str, object], name: str) -> None:
    if not fields.keys() <= FIELDS.keys():
        raise FrameError("A frame has a field that none has.", request=name)
    for field, value in fields.items():
        if type(value) is not FIELDS[field]:
            expected = "text" if FIELDS[field] is str else "true or false"
            raise FrameError(f"The field `{field}` of a frame is not {expected}.", request=name)


def _body(fields: dict[str, object], name: str) -> bytes:
    try:
        return str(fields.get("body", "")).encode()
    except UnicodeEncodeError as error:
        raise FrameError(
            "The body of a frame holds half a surrogate pair.",
            "Pass the page's text through `toWellFormed()`.",
            request=name,
        ) from error
