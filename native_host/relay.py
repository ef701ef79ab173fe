"""Carries each request frame to the daemon as one HTTP request, and the answer back in frames.

The main thread reads frames. Every request in flight has a thread of its own, which sends the
request's pieces and reads the answer, so that a slow one keeps nobody waiting; all of them write
frames under one lock. Nothing is kept: what the daemon has not accepted is lost with the host.
"""

from __future__ import annotations

import codecs
import json
import threading
from contextlib import suppress
from queue import SimpleQueue

from .errors import FrameError, HostError, LostError
from .frames import Cancel, Piece, Request, parse, read_frame, write_frame

TYPE_CHECKING = False  # as in frames.py
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    from .socket_client import Answer, Connection

#: Bytes of an answer in one frame. JSON makes at most six bytes of one (a control character
#: becomes `\u0000`), and six times this leaves 64 KiB of a frame's 1 MiB for the other fields.
PIECE = 160 * 1024

STATUS = {
    "frame-invalid": 400,
    "frame-too-large": 413,
    "daemon-lost": 502,
    "daemon-unreachable": 503,
}


class Relay:
    """Between the frames of a browser and the daemon.

    Args:
        source: Frames from the browser; buffered.
        sink: Frames to the browser; unbuffered, so that no thread holds a buffer's lock when
            the host ends.
        connect: Opens a connection to the daemon, starting it if need be; raises HostError.
    """

    def __init__(self, source: BinaryIO, sink: BinaryIO, connect: Callable[[], Connection]) -> None:
        self._source = source
        self._sink = sink
        self._connect = connect
        self._lock = threading.Lock()
        self._exchanges: dict[str, _Exchange] = {}

    def run(self) -> int:
        """Relay until the browser closes the port; the exit code."""
        with suppress(_DroppedError):  # then the browser closed the other pipe first
            try:
                while (data := read_frame(self._source)) is not None:
                    self._take(data)
            except FrameError as error:
                self._refuse(error)  # there is no telling where the next frame begins
                return 1
        return 0

    def answer(
        self, exchange: _Exchange, status: int, body: str | None = None, *, last: bool
    ) -> None:
        """Write one frame of an answer.

        Raises:
            _DroppedError: Nobody waits for it any longer.
        """
        with self._lock:
            if self._exchanges.get(exchange.name) is not exchange:
                raise _DroppedError
            if last:
                del self._exchanges[exchange.name]
            self._write(exchange.name, status, body, more=not last and body is not None)

    def _take(self, data: bytes) -> None:
        try:
            frame = parse(data)
            if isinstance(frame, Request):
                self._begin(frame)
            elif isinstance(frame, Piece):
                self._continue(frame)
            else:
                self._drop(frame)
        except FrameError as error:
            self._refuse(error)

    def _begin(self, frame: Request) -> None:
        exchange = _Exchange(frame, self, self._connect)
        with self._lock:
            if frame.name in self._exchanges:
                raise FrameError("A request has the id of one in flight.", request=frame.name)
            self._exchanges[frame.name] = exchange
        threading.Thread(target=exchange.run, daemon=True).start()

    def _continue(self, frame: Piece) -> None:
        with self._lock:
            exchange = self._exchanges.get(frame.name)
        if exchange is None:
            raise FrameError("A piece belongs to no request in flight.", request=frame.name)
        exchange.take(frame)

    def _drop(self, frame: Cancel) -> None:
        # An id that is not in flight is no mistake: its last answer was on its way.
        with self._lock:
            exchange = self._exchanges.pop(frame.name, None)
        if exchange is not None:
            exchange.drop()

    def _refuse(self, error: FrameError) -> None:
        """Answer a frame that cannot be used; the request that it names has ended."""
        with self._lock:
            exchange = self._exchanges.pop(error.request, None) if error.request else None
            self._write(error.request, STATUS[error.code], error_body(error))
        if exchange is not None:
            exchange.drop()

    def _write(
        self, name: str | None, status: int, body: str | None, *, more: bool = False
    ) -> None:
        frame: dict[str, object] = {"id": name, "status": status}
        if body is not None:
            frame["body"] = body
        if more:
            frame["more"] = True
        try:
            write_frame(self._sink, json.dumps(frame, ensure_ascii=False).encode())
        except OSError as error:
            # The browser has closed the port, and the end of stdin ends the host.
            raise _DroppedError from error


class _DroppedError(Exception):
    """Nobody waits for the answer any longer."""


class _Exchange:
    """One request in flight."""

    def __init__(self, first: Request, relay: Relay, connect: Callable[[], Connection]) -> None:
        self.name = first.name
        self._first = first
        self._relay = relay
        self._connect = connect
        self._connection: Connection | None = None
        self._dropped = False
        self._expects_piece = False
        self._pieces: SimpleQueue[Piece | None] = SimpleQueue()

    def run(self) -> None:
        """Carry the request over and its answer back; ends with one last frame or none."""
        try:
            with self._connect() as connection:
                # First known, then asked: so `drop`, which does it the other way round, either
                # finds the connection or is seen here.
                self._connection = connection
                if not self._dropped:
                    self._send(connection)
                    self._receive(connection.answer())
        except _DroppedError:
            pass  # the connection is closed, and nobody waits
        except HostError as error:
            self._fail(STATUS[error.code], error)
        except Exception:  # a bug is told in the answer, and raised again
            self._fail(500, HostError("internal-error", "The native host has a bug.", REPORT))
            raise

    def take(self, piece: Piece) -> None:
        """Take the next piece of the body.

        Raises:
            FrameError: The last one has not been answered, or was the last.
        """
        if not self._expects_piece:
            raise FrameError("A piece came before it was asked for.", request=self.name)
        self._expects_piece = False
        self._pieces.put(piece)

    def drop(self) -> None:
        """End it without a further frame; safe from any thread."""
        self._dropped = True
        self._pieces.put(None)
        if self._connection is not None:
            self._connection.abort()

    def _send(self, connection: Connection) -> None:
        body, more = self._first.body, self._first.more
        connection.start(self._first.method, self._first.path, length=None if more else len(body))
        connection.send(body)
        self._first.body = body = b""
        while more and not connection.refused:
            piece = self._next_piece()
            connection.send(piece.body)
            more = piece.more
        connection.finish()

    def _next_piece(self) -> Piece:
        self._expects_piece = True
        self._relay.answer(self, 100, last=False)
        piece = self._pieces.get()
        if piece is None:
            raise _DroppedError
        return piece

    def _receive(self, answer: Answer) -> None:
        decode = codecs.getincrementaldecoder("utf-8")().decode
        last = False
        while not last:
            data = answer.read(PIECE)
            last = answer.done
            try:
                text = decode(data, last)
            except UnicodeDecodeError as error:
                raise LostError("The daemon's answer is not text in UTF-8.") from error
            if text or last:
                self._relay.answer(self, answer.status, text, last=last)

    def _fail(self, status: int, error: HostError) -> None:
        with suppress(_DroppedError):  # then nobody waits for the reason either
            self._relay.answer(self, status, error_body(error), last=True)


#: What to do about a bug.
REPORT = "Please report it with what the browser's log shows."


def error_body(error: HostError) -> str:
    """An error as the daemon would write it."""
    fields = {"code": error.code, "message": error.message, "hint": error.hint}
    return json.dumps({"error": fields})
