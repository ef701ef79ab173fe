"""A stand-in daemon: HTTP by hand on a socket, so that it can also answer wrongly.

A test gives it a function from a `Conversation`, which reads the request and answers it well,
slowly, in part or not at all. Each connection has a thread; errors in one are kept and raised
when the stand-in is closed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any, BinaryIO, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Conversation:
    """One connection: the head of its request is read, the rest is up to the test."""

    def __init__(self, connection: socket.socket, stream: BinaryIO) -> None:
        self._connection = connection
        self._stream = stream
        self.method, self.path, _ = stream.readline().decode("ascii").split(" ", 2)
        lines = iter(stream.readline, b"\r\n")
        pairs = (line.decode("ascii").partition(":") for line in lines)
        self.headers = {name.lower(): value.strip() for name, _, value in pairs}

    def pieces(self) -> Iterator[bytes]:
        """The request's body, as it was sent."""
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self._stream.readline(), 16):
                yield self._stream.read(size)
                self._stream.readline()
            self._stream.readline()
        else:
            yield self._stream.read(int(self.headers["content-length"]))

    def body(self) -> bytes:
        return b"".join(self.pieces())

    def answer(self, status: int, body: bytes = b"") -> None:
        self.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))

    def begin_chunks(self, status: int = 200) -> None:
        self.write(b"HTTP/1.1 %d X\r\nTransfer-Encoding: chunked\r\n\r\n" % status)

    def chunk(self, piece: bytes) -> None:
        """One chunk; an empty one ends the answer."""
        self.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)

    def wait_for_close(self) -> None:
        """Return when the other side has closed the connection."""
        with contextlib.suppress(ConnectionResetError):
            assert self._stream.read(1) == b""


class HttpSocket:
    """Listens until the end of its `with` block and lets *converse* answer."""

    def __init__(self, listener: socket.socket, converse: Callable[[Conversation], None]) -> None:
        self._listener = listener
        self._converse = converse
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept)]
        self._errors: list[BaseException] = []

    @classmethod
    def unix(cls, path: Path, converse: Callable[[Conversation], None]) -> Self:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        return cls(listener, converse)

    @classmethod
    def loopback(cls, file: Path, secret: str, converse: Callable[[Conversation], None]) -> Self:
        """On a free port, which *file* tells together with *secret*."""
        listener = socket.create_server(("127.0.0.1", 0))
        file.write_text(json.dumps({"port": listener.getsockname()[1], "secret": secret}))
        return cls(listener, converse)

    def __enter__(self) -> Self:
        self._listener.listen()
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._listener.close()
        if self._errors:
            raise self._errors[0]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed
            self._open.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                if stream.peek(1):  # else somebody only looked whether we are here
                    self._converse(Conversation(connection, stream))
            except Exception as error:  # noqa: BLE001 - raised again at the end
                self._errors.append(error)
            finally:
                self._open.discard(connection)


def say(value: Any) -> Callable[[Conversation], None]:
    """A stand-in that answers every request with 200 and *value*."""

    def converse(conversation: Conversation) -> None:
        conversation.body()
        conversation.answer(200, json.dumps(value).encode())

    return converse
